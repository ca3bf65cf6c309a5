"""A product that only listens."""

from collections.abc import Iterator

import pytest

from tests.support.listener import Listener, listening
from tests.support.sandbox import Sandbox


@pytest.fixture
def product(sandbox: Sandbox) -> Iterator[Listener]:
    with listening(sandbox.product_port) as listener:
        yield listener
