"""Where sound comes from: context managers and iterators of mono float32 chunks at the model's rate.

Each source lives in its own module, so that what it needs is loaded only with it: ``files``,
``standard_input``, ``microphone``. ``recording`` is the one way back to disk.
"""
