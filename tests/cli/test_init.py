def test_without_a_terminal_it_says_what_to_do_instead(devhook, tmp_path):
    done = devhook("init")

    assert done.returncode == 2
    assert "init needs a terminal." in done.stderr
    assert "devhook listen orders/updated --shop acme" in done.stderr
    assert not (tmp_path / ".devhook").exists()


def test_init_writes_no_other_config_file(devhook, tmp_path):
    (tmp_path / "other.toml").write_text("")

    done = devhook("--config", "other.toml", "init")

    assert done.returncode == 2
    assert "--config cannot be used" in done.stderr
