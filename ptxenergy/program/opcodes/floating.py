"""Floating point of all widths and mixed precision (PTX ISA 9.7.3 to 9.7.5).

Approximations that run on the special-function unit are `sfu`; a precise division, root or
reciprocal keeps the class of its type and has an expansion weight.
"""

from __future__ import annotations

from typing import Final

ROWS: Final = """
add [$frnd] [ftz] [sat] f32 ; =d r r ; arith
add [$frnd] [ftz] f32x2 ; =d r r ; arith
add [$frnd] f64 ; =d r r ; arith
add [rn] [ftz] [sat] $half ; =d r r ; arith
add [rn] $bhalf ; =d r r ; arith
add [$frnd] [sat] f32 f16|bf16 ; =d r r ; mixed
sub [$frnd] [ftz] [sat] f32 ; =d r r ; arith
sub [$frnd] [ftz] f32x2 ; =d r r ; arith
sub [$frnd] f64 ; =d r r ; arith
sub [rn] [ftz] [sat] $half ; =d r r ; arith
sub [rn] $bhalf ; =d r r ; arith
sub [$frnd] [sat] f32 f16|bf16 ; =d r r ; mixed
mul [$frnd] [ftz] [sat] f32 ; =d r r ; arith
mul [$frnd] [ftz] f32x2 ; =d r r ; arith
mul [$frnd] f64 ; =d r r ; arith
mul [rn] [ftz] [sat] $half ; =d r r ; arith
mul [rn] $bhalf ; =d r r ; arith
fma $frnd [ftz] [sat] f32 ; =d r r r ; arith
fma $frnd [ftz] f32x2 ; =d r r r ; arith
fma $frnd f64 ; =d r r r ; arith
fma rn [ftz] [sat|relu] $half ; =d r r r ; arith
fma $frnd [relu] $bhalf ; =d r r r ; arith
fma rn oob [relu] $half|$bhalf ; =d r r r ; arith
fma $frnd [sat] f32 f16|bf16 ; =d r r r ; mixed
mad $frnd [ftz] [sat] f32 ; =d r r r ; arith
mad $frnd f64 ; =d r r r ; arith
add [$frnd] [ftz] [relu] [satfinite] $f8x4 [$f8x4] [$f8x4] ; =d r r ; arith
sub [$frnd] [ftz] [relu] [satfinite] $f8x4 [$f8x4] [$f8x4] ; =d r r ; arith
mul [$frnd] [ftz] [relu] [satfinite] $f8x4 [$f8x4] [$f8x4] ; =d r r ; arith
fma [$frnd] [ftz] [relu] [satfinite] $f8x4 [$f8x4] [$f8x4] [$f8x4] ; =d r r r ; arith
div approx|full [ftz] f32 ; =d r r ; arith
div $frnd [ftz] f32 ; =d r r ; arith
div $frnd f64 ; =d r r ; arith
abs [ftz] f32 ; =d r ; arith
abs f64|$bhalf ; =d r ; arith
abs [ftz] $half ; =d r ; arith
neg [ftz] f32 ; =d r ; arith
neg f64|$bhalf ; =d r ; arith
neg [ftz] $half ; =d r ; arith
min [ftz] [NaN] xorsign [abs] f32 ; =d r r ; arith
min [ftz] [NaN] [abs] f32 ; =d r r ?r ; arith
min f64 ; =d r r ; arith
min [ftz] [NaN] [xorsign] [abs] $half ; =d r r ; arith
min [NaN] [xorsign] [abs] $bhalf ; =d r r ; arith
max [ftz] [NaN] xorsign [abs] f32 ; =d r r ; arith
max [ftz] [NaN] [abs] f32 ; =d r r ?r ; arith
max f64 ; =d r r ; arith
max [ftz] [NaN] [xorsign] [abs] $half ; =d r r ; arith
max [NaN] [xorsign] [abs] $bhalf ; =d r r ; arith
rcp approx [ftz] f32 ; =d r ; sfu
rcp $frnd [ftz] f32 ; =d r ; arith
rcp $frnd f64 ; =d r ; arith
rcp approx ftz f64 ; =d r ; sfu
sqrt approx [ftz] f32 ; =d r ; sfu
sqrt $frnd [ftz] f32 ; =d r ; arith
sqrt $frnd f64 ; =d r ; arith
rsqrt approx [ftz] f32|f64 ; =d r ; sfu
sin approx [2pi] [ftz] f32 ; =d r ; sfu
cos approx [2pi] [ftz] f32 ; =d r ; sfu
lg2 approx [ftz] f32 ; =d r ; sfu
ex2 approx [ftz] f32 ; =d r ; sfu
ex2 approx $half ; =d r ; sfu
ex2 approx ftz $bhalf ; =d r ; sfu
tanh approx f32|$half|$bhalf ; =d r ; sfu
testp [finite|infinite|number|notanumber|normal|subnormal] f32|f64 ; =p r ; arith
copysign f32|f64 ; =d r r ; arith
"""
