"""A product that only listens."""

from collections.abc import Iterator

import pytest

from tests.support.listener import Listener, listening


@pytest.fixture
def product(product_port: int) -> Iterator[Listener]:
    with listening(product_port) as listener:
        yield listener
