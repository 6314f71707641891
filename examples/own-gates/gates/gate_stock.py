"""The stock list is complete, and every price is a price."""

from tidegate import AtLeast, measured


def test_the_list_is_complete(http, require):
    """At least ten stocks are listed."""
    answer = http.get("/api/v1/stocks")
    require(measured("stock.listed", answer.json()["count"], source="GET /api/v1/stocks"), AtLeast(10))


def test_prices_are_positive(http, require):
    """Every price is more than 0."""
    for stock in http.get("/api/v1/stocks").json()["stocks"]:
        require(measured(f"stock.{stock['symbol']}.price", stock["price"]), "> 0")
