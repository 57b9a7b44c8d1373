"""What a person reads, on a plain terminal of 80 columns."""

from __future__ import annotations

import io

from msgspec.structs import replace
from rich.console import Console, RenderableType

from ptxenergy.gpu import available, load
from ptxenergy.launch.inspection import MemoryTraffic
from ptxenergy.launch.profile import Exactness
from ptxenergy.launch.request import Argument, Assumption
from ptxenergy.model.prediction import Contribution
from ptxenergy.pipeline import Inspections, Predictions, Skipped
from ptxenergy.ptx.syntax import Parameter
from ptxenergy.report.blocks import bar
from ptxenergy.report.gpus import show_gpu, show_gpus
from ptxenergy.report.inspection import show_inspection, show_inspections
from ptxenergy.report.prediction import show_prediction, show_predictions
from ptxenergy.report.words import flag
from tests.report.handmade import LAUNCH, flagged, inspection, issued, opcode, prediction


def rendered(body: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=80, highlight=False)
    with console.capture() as capture:
        console.print(body)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    assert max(map(len, lines), default=0) <= 80
    return "\n".join(lines)


def test_the_first_line_states_the_problem() -> None:
    first = rendered(show_prediction(prediction())).splitlines()[0]
    assert first == "transpose: block 32x4, argument 3=1.5; assumed grid 25, argument 2=800"


def test_the_answer_has_shares_interval_and_no_false_promise() -> None:
    text = rendered(show_prediction(prediction()))
    assert "energy  1.20 mJ  600 µJ to 7.20 mJ (90 % interval)" in text
    assert "48.0 µJ per block, 375 nJ per thread" in text
    assert "Not calibrated" in text
    assert "Not calibrated" not in rendered(show_prediction(replace(prediction(), calibrated=True)))


def test_contributions_are_sorted_with_bars_in_proportion() -> None:
    parts = (Contribution("small", 1e-6), Contribution("large", 3e-3), Contribution("none", 0.0))
    text = rendered(show_prediction(replace(prediction(), contributions=parts), ascii_only=True))
    assert text.index("large") < text.index("small")
    assert "3.00 mJ  100 %  " + "#" * 28 in text
    assert "<1 %  #\n" in text
    assert "none  " not in text


def test_times_are_sorted_with_bars_in_proportion_to_the_whole() -> None:
    text = rendered(show_prediction(prediction(), ascii_only=True))
    _, _, times = text.partition("How long each resource would take alone\n")
    lines = [line.split() for line in times.splitlines()]
    assert lines[0] == ["DRAM", "3.00", "µs", "75", "%", "#" * 21]
    assert lines[1] == ["latency", "2.00", "µs", "50", "%", "#" * 14]
    assert lines[2] == ["L2", "1.00", "µs", "25", "%", "#" * 7]
    assert "issue" not in times.partition("What the launch executes")[0], "too short to matter"
    assert "a warp alone: 1,200 cycles, 2.5 instructions at once, 1 trip to memory" in text
    assert "busiest SM: 3 turns of 16 warps, SMs idle 25 % of the time" in text


def test_every_assumption_shows_its_line_value_and_option() -> None:
    text = rendered(show_prediction(prediction()))
    assert "2 assumptions" in text
    assert "line 12  --arg 2=800  argument 2 is compared with x: its extent" in text
    none = replace(inspection().profile, launch=replace(LAUNCH, assumptions=()), assumptions=())
    assert "assum" not in rendered(show_prediction(prediction(replace(inspection(), profile=none))))


def test_unknown_opcodes_and_flags_are_in_words() -> None:
    noted = replace(flagged("sampled", "made-up"), unknown_opcodes={"foo.bar": (3, 9)})
    text = rendered(show_prediction(prediction(noted)))
    assert "unknown opcode foo.bar on line 3, 9" in text
    assert "only some blocks were evaluated" in text
    assert "made-up" in text


def test_inspect_says_what_is_not_exact() -> None:
    assert "yes: every branch and address" in rendered(show_inspection(inspection()))
    unsure = inspection()
    unsure = replace(unsure, profile=replace(unsure.profile, exact=Exactness(True, False)))
    assert "no: addresses partly assumed or sampled" in rendered(show_inspection(unsure))


def test_inspect_lists_categories_memory_and_opcodes() -> None:
    text = rendered(show_inspection(inspection()))
    for line in (
        "  memory    200   6,400",
        "  global load    100 requests      4 sectors/request  12.8 kB",
        "  fma.rn.f32           200   3,200",
    ):
        assert line in text.splitlines()


def test_what_memory_moves_is_shown_by_level_and_way() -> None:
    moves = MemoryTraffic(4e6, 3e6, 1e6, 2e6, 0.5e6, 2.5e6)
    shown = replace(inspection(), memory=moves)
    text = rendered(show_inspection(shown))
    assert "L2         4.00 MB  3.00 MB read, 1.00 MB written" in text
    assert "DRAM       2.50 MB  2.00 MB read, 500 kB written" in text
    assert "L1 4.00 MB, L2 4.00 MB, DRAM 2.50 MB" in rendered(show_prediction(prediction(shown)))


def test_several_kernels_and_the_skipped_ones() -> None:
    skipped = (Skipped("_Z1fPf", "launch", "2048 threads are too many"),)
    text = rendered(show_predictions(Predictions((prediction(), prediction()), skipped)))
    assert text.count("transpose: block") == 2
    assert "f(float*)  2048 threads are too many" in text
    assert "Skipped" in rendered(show_inspections(Inspections((inspection(),), skipped)))


def test_several_kernels_are_short_and_say_once_that_nothing_is_calibrated() -> None:
    several = rendered(show_predictions(Predictions((prediction(),) * 3)))
    assert several.count("Not calibrated") == 1
    assert several.count("energy in     constant power 75 %, DRAM 25 %") == 3
    assert several.count("--arg 2=800") == 3
    one = rendered(show_predictions(Predictions((prediction(),))))
    assert len(several.splitlines()) < 2.5 * len(one.splitlines())


def test_nothing_in_a_file_can_steer_the_terminal_or_the_markup() -> None:
    hostile = Assumption("branch", 1, "\x1b[31mred [bold]", "--branch 1=0.5")
    profile = replace(inspection().profile, assumptions=(hostile,))
    named = replace(
        inspection(issued(opcode("[red]a\x9b", "other"), 1, 1)), file="\x1b]0;a\x07.ptx"
    )
    for shown in (named, replace(inspection(), profile=profile)):
        text = rendered(show_inspection(shown)) + rendered(show_prediction(prediction(shown)))
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "\x9b" not in text
    assert "red [bold]" in text


def test_long_names_wrap() -> None:
    name = "_Z4gemm" + "I" + "Li7E" * 60 + "EvPf"
    arguments = tuple(
        Argument(Parameter(f"p{n}", "u32", 4, 4), bytes(4), (), 10**9) for n in range(40)
    )
    launch = replace(LAUNCH, arguments=arguments)
    long = replace(inspection().profile, kernel=name, launch=launch)
    text = rendered(show_prediction(prediction(replace(inspection(), profile=long))))
    assert text.startswith("gemm: block 32x4, argument 0=1000000000, 1=1000000000,")
    assert "…" in text


def test_every_gpu_is_listed_and_fits() -> None:
    gpus = [load(gpu) for gpu in available()]
    text = rendered(show_gpus(gpus))
    assert "…" not in text
    for gpu in gpus:
        assert f"\n{gpu.id} " in text
    assert "power_limit_w" in rendered(show_gpu(gpus[0]))


def test_what_stands_behind_the_numbers_is_said() -> None:
    bound = prediction()
    assert "Not calibrated: nothing was measured on h200 yet" in " ".join(
        rendered(show_prediction(bound)).split()
    )
    by_model = replace(bound, model_id="h200-0123", calibrated=True)
    shown = " ".join(rendered(show_prediction(by_model)).split())
    assert "Not calibrated" not in shown
    assert "model h200-0123" in shown
    doubtful = replace(by_model, calibrated=False, flags=("unseen-class",))
    shown = " ".join(rendered(show_prediction(doubtful)).split())
    assert "Not calibrated: model h200-0123" in shown
    assert "unseen-class" in shown


def test_every_reason_and_warning_of_a_model_has_words() -> None:
    from ptxenergy.model import calibrated

    codes = {
        *(calibrated.UNSEEN_CLASS, calibrated.FOREIGN_MODEL, calibrated.SIMULATED_MODEL),
        *(calibrated.BOARD_SETTINGS, calibrated.OUTSIDE_TIMES, calibrated.FAR),
    }
    for code in codes:
        assert flag(code).startswith(f"{code}: ")


def test_bars_are_as_long_as_their_share_to_an_eighth_of_a_column() -> None:
    assert [bar(eighths / 40, 5, ascii_only=False) for eighths in (40, 13, 8, 4, 1)] == [
        *("█████", "█▋", "█", "▌", "▏"),
    ]
    assert bar(1e-6, 5, ascii_only=False) == "▏"
    assert [bar(share, 5, ascii_only=True) for share in (1.0, 0.4, 1e-6)] == ["#####", "##", "#"]
