"""The results store: SQLite, and everything that speaks SQL."""

from memenv_leaderboard.frames import frame

__all__ = ["frame"]
