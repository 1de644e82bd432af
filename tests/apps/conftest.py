"""The apps' own tests run in a process of their own, in a copy of the app's folder."""

collect_ignore_glob = ["*_app/*"]
