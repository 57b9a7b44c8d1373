"""What measured rows show: goals reached, the meters, block shapes; and the pages that say it."""
