"""Puts the sandbox together: world, systems, controls, pages."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware

from jiuyi_sandbox import control
from jiuyi_sandbox.front_door import FrontDoor
from jiuyi_sandbox.world import Config, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import ModuleType

    from starlette.routing import BaseRoute

SYSTEMS = (
    "his",
    "wechat_oa",
    "insurance",
    "wecity",
    "wechat_medins",
    "wechat_pay_v2",
    "wechat_pay",
    "alipay",
    "sms",
    "unionpay",
    "bridge",
    "pages",
)
"""Packages of this folder. Each offers ``routes(world) -> list[BaseRoute]`` (full paths) and, where it needs them:

``SCHEMA`` (SQL, ``CREATE TABLE IF NOT EXISTS``), ``seed(world)`` (at every start, after the schema),
``reset(world)`` (back to the seed), ``keys(world) -> dict`` (its part of ``/_control/keys``, with its section name),
``background(world)`` (an endless coroutine).
"""


def systems() -> list[ModuleType]:
    """The systems that are part of this installation, in the order above."""
    return [
        importlib.import_module(f"jiuyi_sandbox.{name}")
        for name in SYSTEMS
        if importlib.util.find_spec(f"jiuyi_sandbox.{name}")
    ]


def build_world(config: Config) -> World:
    """A world with every system's tables made and seeded."""
    world = World(config)
    for system in systems():
        if hasattr(system, "SCHEMA"):
            world.store.create(system.SCHEMA)
        if hasattr(system, "seed"):
            system.seed(world)
    return world


def build_app(world: World) -> Starlette:
    """The ASGI application of one world."""
    parts = systems()

    def keys() -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for part in parts:
            merged.update(part.keys(world) if hasattr(part, "keys") else {})
        return merged

    def reset() -> None:
        for part in parts:
            if hasattr(part, "reset"):
                part.reset(world)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(part.background(world), name=part.__name__)
            for part in parts
            if hasattr(part, "background")
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await world.close()

    routes: list[BaseRoute] = control.routes(world, keys, reset)
    for part in parts:
        routes += part.routes(world)
    return Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(FrontDoor, world=world)])


def create_app() -> Starlette:
    """Factory for the server process; the configuration comes from the environment (see ``__main__``)."""
    port = int(os.environ["JIUYI_SANDBOX_PORT"])
    return build_app(
        build_world(
            Config(
                port=port,
                data_dir=Path(os.environ["JIUYI_SANDBOX_DATA"]),
                base_url=os.environ["JIUYI_SANDBOX_BASE_URL"],
                product_url=os.environ["JIUYI_SANDBOX_PRODUCT_URL"],
            )
        )
    )
