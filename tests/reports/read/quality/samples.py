"""One valid document of each format, as its tool writes it."""

RADON = {
    "src/shop.py": [
        {
            "type": "class",
            "rank": "A",
            "complexity": 7,
            "lineno": 1,
            "endline": 30,
            "col_offset": 0,
            "name": "Basket",
            "methods": [
                {
                    "type": "method",
                    "rank": "B",
                    "complexity": 9,
                    "lineno": 2,
                    "endline": 30,
                    "col_offset": 4,
                    "name": "pay",
                    "classname": "Basket",
                    "closures": [],
                }
            ],
        },
        {
            "type": "method",
            "rank": "B",
            "complexity": 9,
            "lineno": 2,
            "endline": 30,
            "col_offset": 4,
            "name": "pay",
            "classname": "Basket",
            "closures": [
                {
                    "type": "function",
                    "rank": "C",
                    "complexity": 12,
                    "lineno": 5,
                    "endline": 20,
                    "col_offset": 8,
                    "name": "retry",
                    "closures": [],
                }
            ],
        },
    ],
    "src/main.py": [
        {
            "type": "function",
            "rank": "A",
            "complexity": 1,
            "lineno": 3,
            "endline": 4,
            "col_offset": 0,
            "name": "main",
            "closures": [],
        }
    ],
}

JSCPD = {
    "duplicates": [
        {
            "format": "python",
            "lines": 12,
            "fragment": "def one():",
            "tokens": 60,
            "firstFile": {"name": "a.py", "start": 1, "end": 12},
            "secondFile": {"name": "b.py", "start": 20, "end": 31},
        }
    ],
    "statistics": {
        "detectionDate": "2026-01-31T12:00:00.000Z",
        "formats": {},
        "total": {
            "lines": 400,
            "tokens": 4000,
            "sources": 2,
            "clones": 1,
            "duplicatedLines": 12,
            "duplicatedTokens": 60,
            "percentage": 3,
            "percentageTokens": 1.5,
            "newDuplicatedLines": 0,
        },
    },
}

SONAR = {
    "projectStatus": {
        "status": "OK",
        "conditions": [
            {
                "status": "OK",
                "metricKey": "new_coverage",
                "comparator": "LT",
                "errorThreshold": "80",
                "actualValue": "91.2",
            }
        ],
        "ignoredConditions": False,
        "caycStatus": "compliant",
    }
}

LIGHTHOUSE = {
    "lighthouseVersion": "12.2.1",
    "requestedUrl": "https://shop.example/",
    "mainDocumentUrl": "https://shop.example/",
    "finalDisplayedUrl": "https://shop.example/",
    "finalUrl": "https://shop.example/",
    "fetchTime": "2026-01-31T12:00:00.000Z",
    "gatherMode": "navigation",
    "runWarnings": [],
    "audits": {"first-contentful-paint": {"score": 0.99}},
    "categories": {
        "performance": {"title": "Performance", "id": "performance", "score": 0.93, "auditRefs": []},
        "accessibility": {"title": "Accessibility", "id": "accessibility", "score": 1, "auditRefs": []},
    },
}


def rule(name, impact=None, nodes=1, **more):
    """A rule as axe writes it."""
    return {"id": name, "impact": impact, "help": f"about {name}", "tags": ["wcag2a"], "nodes": [{}] * nodes} | more


AXE = {
    "testEngine": {"name": "axe-core", "version": "4.12.1"},
    "timestamp": "2026-01-31T12:00:00.000Z",
    "url": "https://shop.example/",
    "toolOptions": {"reporter": "v1", "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa"]}},
    "violations": [rule("image-alt", "critical", 3), rule("region", "moderate")],
    "passes": [rule("html-has-lang", "serious"), rule("label", "critical")],
    "incomplete": [rule("color-contrast", "serious")],
    "inapplicable": [rule("accesskeys", nodes=0)],
}

DURATIONS = {"durations": {"build": 312.4, "image": 41}, "commit": "4b1d2aa", "finished": "2026-01-31T12:00:00Z"}

SAMPLES = {
    "complexity": RADON,
    "duplication": JSCPD,
    "quality-gate": SONAR,
    "lighthouse": LIGHTHOUSE,
    "accessibility": AXE,
    "durations": DURATIONS,
}
