"""The roster for questions that are not about infrastructure."""

from __future__ import annotations

from engine.expert import Expert, Roster

ROSTER = Roster(
    "general",
    "General",
    "Questions about money, technology in general, and anything else",
    (
        Expert(
            id="finance",
            label="Finance",
            about="budgets, accounts, investment, tax in general terms",
            instructions=(
                "You explain finance. Show the calculation with its numbers and units, name the assumptions, and say when a "
                "professional must be asked. "
                "You give no personal investment advice."
            ),
            keywords=("money", "budget", "profit", "tax", "invest", "loan", "interest", "invoice", "margin", "cash", "revenue", "price"),
        ),
        Expert(
            id="technical",
            label="Technical",
            about="programming, computers, systems",
            instructions="You explain technology. Give the cause before the cure, a short example that runs, and its limits.",
            keywords=("code", "program", "python", "java", "function", "server", "sql", "git", "error", "script", "algorithm", "computer"),
        ),
        Expert(
            id="general",
            label="General",
            about="everything else",
            instructions="Answer plainly and briefly. Say when you do not know.",
            keywords=("write", "translate", "recipe", "book", "weekend", "email", "who", "story"),
        ),
    ),
)
