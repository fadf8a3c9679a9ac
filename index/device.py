"""Where torch computes: the CPU, or an accelerator that is there."""

from __future__ import annotations

from index import ArticlebotError

DEVICES = ("auto", "cpu", "cuda", "mps")


class DeviceError(ArticlebotError, ValueError):
    """The named device is not there, or there is none of that name."""


def find_device(name: str) -> str | None:
    """Returns the device of a name as torch knows it; None where "auto" finds no accelerator.

    Raises:
        DeviceError: no such name, or no such device in this machine.
    """
    if name not in DEVICES:
        raise DeviceError(
            f"device {name!r}: no such name, wanted: one of {', '.join(DEVICES)}; or leave it out: ONNX on the CPU"
        )
    import torch  # seconds

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next((device for device in ("cuda", "mps") if there[device]), None)
    if not there[name]:
        raise DeviceError(
            f"device {name!r}: torch {torch.__version__} finds none here, wanted: one that it finds "
            f"({', '.join(device for device in there if there[device])}); or leave it out: ONNX on the CPU"
        )
    return name
