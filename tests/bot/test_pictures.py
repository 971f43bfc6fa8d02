"""Pictures: drawn by a process of its own, within a time, or not at all."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from bot.pictures.chart import Bar, Chart, Panel
from bot.pictures.png import Drawing
from deploy.core.ask import Unknown

PATIENT = 60.0  # seconds, on a machine that has much to do
CHART = Chart(
    "app, the last 30 days",
    (("Deploys", "17, about 4.8 a week"), ("Lead time", "median 42 min")),
    (Panel("Deploys by week", (Bar("2 Nov", 5, 0), Bar("9 Nov", 0, 0), Bar("16 Nov", 12, 2))),),
)
MANY = Panel("Builds by day", tuple(Bar(f"{day} Nov", 10**12 + day, day) for day in range(1, 16)))
IN_A_BOT = f"""
import asyncio, sys
import bot.app.run
from bot.pictures.chart import Bar, Chart, Panel
from bot.pictures.png import Drawing

drawn = asyncio.run(Drawing({PATIENT}).png({CHART!r}))
loaded = [name for name in sys.modules if name.partition(".")[0] == "PIL"]
print(type(drawn).__name__, loaded)
"""


def opened(png: bytes | Unknown, folder: Path) -> Image.Image:
    assert isinstance(png, bytes)
    (folder / "it.png").write_bytes(png)
    with Image.open(folder / "it.png") as image:
        image.load()
        return image.convert("RGB")


async def test_a_chart_is_a_png_with_its_bars(tmp_path: Path) -> None:
    image = opened(await Drawing(PATIENT).png(CHART), tmp_path)
    assert image.width == 1200
    colours = {colour for _, colour in image.getcolors(2**24) or ()}
    assert {(47, 111, 176), (194, 65, 12), (255, 255, 255)} <= colours  # good, bad and paper


async def test_texts_and_numbers_of_any_length_have_room(tmp_path: Path) -> None:
    chart = Chart("app " * 200, (("Deploys", "x" * 5000), ("", "")), (MANY, Panel("none", ())))
    assert opened(await Drawing(PATIENT).png(chart), tmp_path).width == 1200


def test_what_draws_is_never_loaded_into_the_bot() -> None:
    """Not even after it has drawn; the tests load it themselves, so a fresh process looks."""
    done = subprocess.run([sys.executable, "-c", IN_A_BOT], check=True, capture_output=True, text=True)
    assert done.stdout == "bytes []\n"


async def test_it_sees_no_setting_of_fisks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISK_SLACK_BOT_TOKEN", "xoxb-secret")
    show = (sys.executable, "-c", "import os; print([each for each in os.environ if 'FISK' in each])")
    assert await Drawing(PATIENT, show).png(CHART) == b"[]\n"


async def test_one_that_takes_too_long_is_ended_and_named(tmp_path: Path) -> None:
    sleeps = f"echo $$ > {tmp_path / 'pid'}; exec sleep 600"
    drawing = Drawing(within=2, command=("/bin/sh", "-c", sleeps))
    assert await drawing.png(CHART) == Unknown("Drawing it took longer than 2 s.")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize("fault", ["raise SystemExit(3)", "pass", "print('x' * 2**21)"])
async def test_one_that_fails_or_makes_no_picture_is_named(fault: str) -> None:
    drawing = Drawing(PATIENT, (sys.executable, "-c", fault))
    assert await drawing.png(CHART) == Unknown("The process that draws it failed.")


async def test_pictures_are_drawn_one_at_a_time(tmp_path: Path) -> None:
    draws = (
        "import os, sys, time; os.mkdir(sys.argv[1]); time.sleep(0.1); os.rmdir(sys.argv[1]); print('done')"
    )
    drawing = Drawing(PATIENT, (sys.executable, "-c", draws, str(tmp_path / "alone")))
    found = await asyncio.gather(*(drawing.png(CHART) for _ in range(3)))
    assert found == [b"done\n"] * 3
