"""A memory that was emptied under a bot: told, closed, and accepted by a person."""

from __future__ import annotations

from tests.acceptance.show import Show


async def test_nothing_begins_on_an_emptied_memory_until_somebody_accepts_it() -> None:
    async with Show(announce="C0DEPLOYS") as show:
        show.world.coolify.queue.freeze()
        await show.type("deploy 3f2a1b9")
        await show.said("● watch")
        async with show.memory() as journal:
            (running,) = await journal.running()
            await journal.state.ask("FLUSHALL")
        told = await show.said("fisk's memory was emptied, or is another one than before.")
        assert (
            f"Stopped where it was: {running.operation.id}, `deploy 3f2a1b9` by @ana."
            in show.slack.reading(told)
        )
        assert "Not started: fisk's memory" in await show.ask("deploy 9c41d07")
        show.world.coolify.queue.thaw()
        await show.press(told, "Accept it")
        await show.said("lets fisk go on with its memory in")
        await show.until(lambda: not any(row.active for row in show.world.coolify.queue.rows))
        await show.type("deploy a4c9e1f --force")
        await show.said(f"names {running.operation.id}, a deploy to app that fisk's memory has lost.")
        await show.said("app runs a4c9e1f: deployed")
