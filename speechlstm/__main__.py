"""``python -m speechlstm``."""

from speechlstm.cli.main import main

if __name__ == "__main__":
    main()
