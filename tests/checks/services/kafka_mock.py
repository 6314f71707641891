"""librdkafka's mock cluster in a process of its own, so that it can be paused: `python kafka_mock.py BROKERS`.

It prints the address of its brokers, makes a topic for each word on its standard input, and ends with it.
"""

import sys

from confluent_kafka import Producer


def main() -> None:
    brokers = int(sys.argv[1])
    mock = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": brokers, "log_level": 0})
    found = mock.list_topics(timeout=10).brokers.values()
    _say(",".join(f"{broker.host}:{broker.port}" for broker in found))
    for line in sys.stdin:
        mock.produce(line.strip(), b"x")
        mock.flush(10)
        _say("made")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
