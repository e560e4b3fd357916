"""The one error class of the project."""


class MedcloudError(Exception):
    """Something the user can cause or must know.

    `message` says what is wrong and where, `hint` what to do about it. Rooms raise it, only `cli` turns it into
    an exit code: `code` is "input" (2), "refused" (3) or "failed" (1).
    """

    def __init__(self, message: str, hint: str = "", code: str = "failed") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


def bad_input(message: str, hint: str = "") -> MedcloudError:
    """An error in what the user wrote (exit code 2)."""
    return MedcloudError(message, hint, code="input")


def refused(message: str, hint: str = "") -> MedcloudError:
    """A guard said no; nothing was touched (exit code 3)."""
    return MedcloudError(message, hint, code="refused")
