from __future__ import annotations

from dockkernel.build.args import Args


def test_a_stage_sees_what_it_declares_and_defaults_from_before_from() -> None:
    args = Args().declare_before("BASE", "busybox").declare_before("TAG", None)
    assert args.in_from() == {"BASE": "busybox"}
    stage = args.begin_stage()
    assert stage.in_stage() == {}
    assert stage.declare("BASE", None).in_stage() == {"BASE": "busybox"}
    assert stage.declare("BASE", "local").in_stage() == {"BASE": "local"}


def test_what_is_given_wins_but_only_where_it_is_declared() -> None:
    args = Args({"V": "2", "NONE": None}).begin_stage()
    assert args.in_stage() == {}
    assert args.declare("V", "1").in_stage() == {"V": "2"}
    assert args.declare("NONE", "default").in_stage() == {"NONE": "default"}


def test_env_hides_arguments() -> None:
    args = Args({"A": "1", "B": "2"}).declare("B", None).declare("A", None)
    assert args.environment(("B=env",)) == ("A=1",)
    assert args.environment(()) == ("A=1", "B=2")


def test_predefined_arguments_need_no_arg_and_leave_no_trace() -> None:
    args = Args({"HTTP_PROXY": "http://p", "V": "1"}).declare("V", None)
    environment = args.environment(())
    assert environment == ("HTTP_PROXY=http://p", "V=1")
    assert args.recorded(environment) == ("V=1",)
    assert args.declare("HTTP_PROXY", None).recorded(environment) == environment


def test_what_nothing_declared_is_unused() -> None:
    args = Args({"X": "1", "Y": "1", "http_proxy": "p"}).declare("Y", None).begin_stage()
    assert args.unused() == ("X",)
