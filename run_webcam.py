"""`python run_webcam.py`: the live picture with the activity on it. See --help."""

import sys

from app.cli import main

if __name__ == "__main__":
    sys.exit(main())
