"""A small reader: where in a passage the answer stands, and whether it stands there at all.

`pairs` and `reading` serve it, by ONNX Runtime alone; the other modules make it (`making`).
"""
