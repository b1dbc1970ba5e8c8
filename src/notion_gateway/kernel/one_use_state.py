"""What is remembered from the moment a browser is sent away until it comes back."""

from pydantic import AwareDatetime, BaseModel, ConfigDict


class OneUseState(BaseModel):
    """Taken once, and not after ``expires_at``. It may hold secrets: subclasses give it a repr
    without them.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    expires_at: AwareDatetime
