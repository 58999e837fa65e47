"""Takes each guard out in turn and shows which named test fails: `python -m tests.tools.mutants [word …]`.

Works on a copy of the project, in a temp folder. Exits with 1 when a guard is missed by nobody.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One guard taken out: a piece of source replaced, and the test that must miss it."""

    guard: str
    file: str
    old: str
    new: str
    test: str


def _m(guard: str, file: str, old: str, new: str, test: str) -> Mutant:
    return Mutant(guard=guard, file=file, old=old, new=new, test=f"tests/{test}")


MUTANTS = (
    _m(
        "acknowledged money that grows",
        "worker/alerts/acknowledged.py",
        "return seen.more > 0 if cause.lasts else seen.differs",
        "return False",
        "unit/alerts/test_notifications.py::test_money_that_grows_after_it_was_acknowledged_is_told_at_once_and_goes_on",
    ),
    _m(
        "acknowledged for ever",
        "worker/alerts/notifications.py",
        "if alarm.acknowledged is not None and acknowledged.rests(alarm):",
        "if alarm.acknowledged is not None:",
        "unit/alerts/test_notifications.py::test_a_difference_that_was_acknowledged_is_told_again_only_where_it_is_another_one",
    ),
    _m(
        "sealed gate",
        "worker/browser/save_gate.py",
        "        if self._is_sealed:\n",
        "        if False:\n",
        "unit/browser/test_save_gate.py::test_a_sealed_gate_takes_no_batch_and_expects_no_save",
    ),
    _m(
        "adoption after a comparison",
        "worker/ledger/trust.py",
        "(by_hand := self.why_compared())",
        '(by_hand := "")',
        "unit/posting/test_shadow_to_production.py::test_production_after_shadow_and_back_asks_again_each_time",
    ),
    _m(
        "slips back to the last reading",
        "worker/posting/shadow.py",
        "back = min(back, before.slips_at - OVERLAP if before.slips_at is not None else before.since)",
        "pass",
        "unit/posting/test_shadow_to_production.py::test_what_was_entered_while_the_worker_was_off_is_not_posted_again",
    ),
    _m(
        "slips of the last look",
        "worker/posting/adoption.py",
        "times is None or times.reads_slips",
        "times is None or times.slips_at is not None",
        "unit/posting/test_shadow_to_production.py::test_a_list_of_deposits_that_is_read_no_more_is_no_answer_either",
    ),
    _m(
        "slips by the ERP's clock",
        "worker/posting/shadow.py",
        "self._by_hand(shown_since := self._look_ups.by_the_erp(back))",
        "self._by_hand(self._look_ups.by_the_erp(shown_since := back))",
        "unit/posting/test_shadow_to_production.py::"
        "test_a_slip_at_the_end_of_what_is_read_is_not_taken_away_by_a_clock_that_differs",
    ),
    _m(
        "slips that say all",
        "worker/posting/adoption_by_hand.py",
        "if slip is not None and comparison.is_sure(own[payment.key], slip):",
        "if slip is not None and own:",
        "unit/posting/test_shadow_to_production.py::"
        "test_a_transfer_of_the_same_payer_or_a_slip_of_another_day_is_asked_about",
    ),
    _m(
        "slips to what is reflected first",
        "worker/posting/comparison.py",
        "(one.reflected_at is None, one.due_at is None, one.paid_at, one.key)",
        "(one.due_at is None, one.paid_at, one.key)",
        "unit/posting/test_shadow_to_production.py::test_of_two_equal_payments_the_one_that_nobody_posted_is_posted",
    ),
    _m(
        "no way back while it is compared",
        "worker/ledger/compared.py",
        "if why := self.why_compared():",
        'if why := "":',
        "unit/posting/test_shadow_to_production.py::"
        "test_an_earlier_daybreak_gets_no_ledger_while_a_person_may_have_posted_what_waits",
    ),
    _m(
        "no cancellation of what nobody entered",
        "worker/posting/comparison.py",
        "if one.reflected_at is not None and one.key in partners and is_sure(one, partners[one.key])",
        "if one.reflected_at is not None",
        "unit/posting/test_shadow_to_production.py::test_the_cancellation_of_what_has_no_such_deposit_is_asked_about",
    ),
    _m(
        "slips of people alone",
        "worker/posting/shadow.py",
        "for one in self._of_people(slips)",
        "for one in slips",
        "unit/posting/test_shadow_to_production.py::test_a_deposit_of_our_own_is_not_taken_for_a_persons",
    ),
    _m(
        "process lock",
        "worker/runtime/locks.py",
        "if not take(descriptor, wait=FOR_ASKERS):",
        "if not take(descriptor) and False:",
        "supervision/test_process_lock.py::test_second_instance_is_refused",
    ),
    _m(
        "machine lock",
        "worker/runtime/locks.py",
        "found.bind(name)",
        'found.bind("")',
        "supervision/test_leftovers.py::test_two_folders_for_one_company_run_one_worker",
    ),
    _m(
        "relay",
        "worker/browser/launch.py",
        'proxy={"server": ways.driver.address},\n            args=[*launch_flags(), *ways.browser.flags(), ',
        "args=[*launch_flags(), ",
        "browser/test_fence.py::test_a_save_that_was_sent_is_not_sent_again_by_the_browser",
    ),
    _m(
        "parent death of the guards",
        "hooks/guards/guard.py",
        "die_with_parent(signal.SIGKILL, parent=own_circusd())",
        "own_circusd()",
        "supervision/test_tree.py::test_the_children_end_when_circusd_is_killed",
    ),
    _m(
        "identity of a beat",
        "hooks/guards/liveness.py",
        "beat.identity == running and",
        "",
        "supervision/test_heartbeat.py::test_the_beats_of_an_earlier_worker_hide_no_hang_of_the_next",
    ),
    _m(
        "identity before a signal",
        "worker/runtime/process_identity.py",
        "if not self.is_alive():",
        "if False:",
        "unit/runtime/test_process_identity.py::test_a_signal_never_reaches_another_owner_of_the_pid",
    ),
    _m(
        "promise",
        "hooks/guards/liveness.py",
        "if not beat.is_broken(ticks, ceiling):",
        "if beat:",
        "supervision/test_tree.py::test_a_hung_worker_is_killed_and_replaced",
    ),
    _m(
        "first beat",
        "hooks/guards/liveness.py",
        "if waited <= first_beat:",
        "if beat is None:",
        "supervision/test_tree.py::test_a_worker_that_never_beats_is_replaced",
    ),
    _m(
        "ticks: a beat of the future",
        "hooks/guards/liveness.py",
        "and beat.ticks <= ticks + AHEAD",
        "",
        "supervision/test_heartbeat.py::test_a_damaged_heartbeat_file_restarts_nobody_and_hides_no_hang[future]",
    ),
    _m(
        "ticks: silence on the monotonic clock",
        "worker/runtime/heartbeat.py",
        "return max(0.0, ticks - self.ticks)",
        "return datetime.now().timestamp() - self.at.timestamp()",
        "unit/hooks/test_liveness.py::test_a_clock_that_is_set_neither_hides_a_silence_nor_invents_one",
    ),
    _m(
        "memory of the newest beat",
        "hooks/guards/liveness.py",
        "newest(self._beat, heartbeat.read",
        "newest(heartbeat.read",
        "supervision/test_heartbeat.py::test_a_damaged_heartbeat_file_restarts_nobody_and_hides_no_hang[binary]",
    ),
    _m(
        "end of the whole tree",
        "hooks/arbiter/leftovers.py",
        "        self._round += 1\n",
        "        return\n",
        "supervision/test_tree.py::test_what_a_killed_worker_left_is_ended",
    ),
    _m(
        "reaper of earlier trees",
        "hooks/arbiter/leftovers.py",
        "        self._clear_up(monotonic() + FINISH)\n",
        "        return\n",
        "supervision/test_leftovers.py::test_a_frozen_tree_of_a_killed_circusd_is_ended_and_a_new_worker_beats",
    ),
    _m(
        "patience with an orphaned worker",
        "hooks/arbiter/leftovers.py",
        "spared = finishing(left, self._data) if monotonic() < deadline else set()",
        "spared: set[Identity] = set()",
        "supervision/test_leftovers.py::test_an_orphaned_worker_may_finish_and_the_next_one_waits_for_it",
    ),
    _m(
        "reaper of the worker",
        "worker/runtime/reaper.py",
        "    standing = end(left)\n",
        "    standing: list[Identity] = []\n",
        "unit/runtime/test_reaper.py::test_a_worker_ends_what_earlier_ones_left_and_nothing_else",
    ),
    _m(
        "number of each start",
        "hooks/arbiter/leftovers.py",
        "return spawn in living",
        "return False",
        "supervision/test_tree.py::test_what_a_living_worker_let_go_is_spared_until_the_worker_ends",
    ),
    _m(
        "back-off",
        "hooks/backoff.py",
        "if exits.count < 2:",
        "if exits.count >= 0:",
        "supervision/test_back_off.py::test_a_crash_loop_slows_down_tells_somebody_and_starts_again_after_a_success",
    ),
    _m(
        "back-off on disk",
        "hooks/arbiter/restarts.py",
        "{WORKER: backoff.load(self._file)}",
        "{}",
        "supervision/test_back_off.py::test_the_count_survives_circusd_but_its_start_does_not_wait",
    ),
    _m(
        "stop on wrong settings",
        "hooks/backoff.py",
        "if exits.code == SETTINGS_WRONG:",
        "if False:",
        "supervision/test_back_off.py::test_wrong_settings_stop_the_worker_and_somebody_is_told",
    ),
    _m(
        "intent",
        "hooks/arbiter/desired_state.py",
        "return self.now().forbids(clock.wall(self._zone))",
        "return False",
        "supervision/test_intent.py::test_a_stop_holds_across_a_new_circusd_until_the_operator_starts_again",
    ),
    _m(
        "end of a pause",
        "hooks/arbiter/tree.py",
        "            self.wish.own_start = True\n",
        "            return\n",
        "supervision/test_intent.py::test_a_pause_ends_by_itself",
    ),
    _m(
        "cross-check of the guards",
        "hooks/guards/guard.py",
        "                self.look_at_partner()\n",
        "",
        "supervision/test_guards.py::test_a_frozen_guard_is_replaced_by_the_other_within_30_s[heartbeat]",
    ),
    _m(
        "nothing but an answer of circusd feeds systemd",
        "hooks/heartbeat.py",
        "answers=running.status not in (UNKNOWN, NOT_ASKED)",
        "answers=True",
        "supervision/test_watchdog.py::test_a_frozen_circusd_starves_systemd_which_starts_the_tree_anew",
    ),
    _m(
        "rows of the page before are not believed at once",
        "worker/erp/ecount/turn.js",
        " && cells !== before ?",
        " ?",
        "browser/test_reading.py::test_rows_that_are_not_there_at_once_are_read_as_they_stay[late]",
    ),
    _m(
        "both pages that share a row are looked at again",
        "worker/erp/ecount/grid.py",
        "for sheet in (before, after)",
        "for sheet in (before,)",
        "browser/test_reading.py::test_rows_that_are_not_there_at_once_are_read_as_they_stay[mixed]",
    ),
    _m(
        "two pages alike are never believed",
        "worker/erp/ecount/grid.py",
        "            before.rows == after.rows\n",
        "            False\n",
        "browser/test_reading.py::test_a_page_that_goes_on_showing_the_one_before_is_not_believed",
    ),
    _m(
        "a child's end is seen at once",
        "hooks/arbiter/signals.py",
        "self._loop.add_signal_handler(signal.SIGCHLD, self.manage)",
        "pass",
        "supervision/test_tree.py::test_a_killed_worker_is_back_long_before_circus_looks_again",
    ),
    _m(
        "an order to end is repeated",
        "hooks/arbiter/signals.py",
        "            self._loop.call_later(RETRY, self._stop)\n",
        "            pass\n",
        "supervision/test_tree.py::test_an_order_to_end_in_the_middle_of_a_restart_is_not_lost",
    ),
    _m(
        "a stop in the middle of a kill",
        "hooks/arbiter/tree.py",
        "            process.stopping = False\n",
        "            pass\n",
        "supervision/test_commands.py::test_an_order_to_end_in_the_middle_of_a_kill_command_is_not_lost",
    ),
    _m(
        "narrow control port",
        "hooks/arbiter/commands.py",
        "        del commands[name]\n",
        "        pass\n",
        "supervision/test_control_port.py::test_only_what_an_operator_needs_is_answered",
    ),
    _m(
        "fresh settings for each start",
        "hooks/arbiter/tree.py",
        "        watcher.env.update(fresh)\n",
        "        watcher.env.update(self._marks)\n",
        "supervision/test_settings.py::test_an_edited_setting_is_in_force_after_a_crash_and_a_removed_one_is_gone",
    ),
    _m(
        "one recycle a day",
        "hooks/recycle.py",
        "return None if day.isoformat() in dates else moment",
        "return moment",
        "unit/hooks/test_recycle.py::test_many_missed_days_are_made_up_by_one",
    ),
    _m(
        "the recycle waits for the cycle",
        "hooks/recycle.py",
        "return Act.ASK if at_rest or ticks - attempt.since > wait else Act.WAIT",
        "return Act.ASK",
        "supervision/test_recycle.py::test_a_recycle_waits_for_the_cycle_under_way",
    ),
    _m(
        "ceiling of a cycle",
        "hooks/heartbeat.py",
        "elif ticks - self._rested > self.options.ceiling:",
        "elif False:",
        "supervision/test_guards.py::test_a_worker_that_is_in_one_cycle_for_too_long_is_asked_to_end",
    ),
    _m(
        "end of a worker that was asked to",
        "hooks/heartbeat.py",
        "if ticks - self._ended[1] > TO_END:",
        "if False:",
        "supervision/test_guards.py::test_a_worker_that_does_not_end_when_its_cycle_took_too_long_is_killed",
    ),
    _m(
        "no progress",
        "hooks/guards/limits.py",
        "if beat.progress == 0 or idle <= interval + LATE:",
        "if beat:",
        "supervision/test_guards.py::test_a_worker_that_beats_but_gets_nothing_done_is_replaced_once_and_then_only_told_about",
    ),
    _m(
        "refusals of a password",
        "worker/erp/refusals.py",
        "if self.count >= MOST:",
        "if False:",
        "supervision/test_faults.py::test_a_refused_password_is_tried_twice_and_then_not_until_it_changes",
    ),
    _m(
        "memory ceiling",
        "hooks/heartbeat.py",
        "if resident(tree) > self.options.memory and",
        "if False and",
        "supervision/test_guards.py::test_a_worker_that_eats_the_memory_is_asked_to_end",
    ),
    _m(
        "decision as it was shown",
        "worker/ledger/verdicts.py",
        "if now == as_of:",
        "if True:",
        "unit/operations/test_decisions.py::test_a_row_that_came_back_to_the_same_state_is_not_the_one_that_was_shown",
    ),
    _m(
        "preview that keeps nothing",
        "worker/ledger/verdicts.py",
        "raise _Foreseen",
        "pass",
        "unit/operations/test_decisions.py::test_a_preview_says_what_a_decision_makes_of_whose_payment_and_changes_nothing",
    ),
    _m(
        "decision that waits",
        "worker/posting/ready.py",
        " and entry.payment.key not in not_yet",
        "",
        "unit/operations/test_undo.py::test_what_a_page_decides_goes_out_ten_minutes_later_at_the_earliest",
    ),
    _m(
        "look-ups of before a decision that is taken back",
        "worker/ledger/settled_decisions.py",
        "SET looked_up_at = NULL, missing = 0 WHERE",
        "SET looked_up_at = looked_up_at WHERE",
        "unit/operations/test_undo.py::test_what_is_in_doubt_again_is_looked_up_anew_before_any_save",
    ),
    _m(
        "a decision that is taken back waits as before",
        "worker/ledger/settled_decisions.py",
        "self._move(db, key, entry.state, state, at=at, by=by, why=said, undoes=True)",
        'db.execute("UPDATE payment SET state = ? WHERE key = ?", (State.SEEN, key))',
        "unit/operations/test_undo.py::"
        "test_a_decision_by_which_nothing_goes_out_is_taken_back_by_a_move_and_nothing_goes_out_by_that",
    ),
    _m(
        "one user for one link",
        "worker/admin/invitation.py",
        "        path.rename(taken)",
        "        taken.write_bytes(path.read_bytes())",
        "unit/console/test_signing_in.py::test_of_many_who_come_by_one_link_at_once_one_gets_in",
    ),
)


def copy_project(folder: Path) -> None:
    """Copy what the tests need."""
    for name in ("worker", "hooks", "tests"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("circus.ini", "pyproject.toml"):
        shutil.copy(PROJECT / name, folder / name)


def run(tests: list[str], folder: Path) -> bool:
    """Run tests on the copy; return whether all passed."""
    done = subprocess.run(
        # Those that are marked deep as well.
        [sys.executable, "-m", "pytest", "-q", "-x", "-m", "", "-p", "no:cacheprovider", *tests],
        cwd=folder,
        # Before what is installed: everything circusd starts then runs the copy as well.
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"running {tests}:\n{done.stdout}{done.stderr}")
    return done.returncode == 0


def survives(mutant: Mutant) -> bool:
    """Return True when the test passes without the guard."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder = Path(name)
        copy_project(folder)
        path = folder / mutant.file
        source = path.read_text(encoding="utf-8")
        if source.count(mutant.old) != 1:
            raise RuntimeError(f"{mutant.guard}: {mutant.file} holds {mutant.old!r} {source.count(mutant.old)} times")
        path.write_text(source.replace(mutant.old, mutant.new), encoding="utf-8")
        return run([mutant.test], folder)


def main(words: list[str]) -> int:
    """Try the mutants whose guard holds one of the words, or all."""
    chosen = [one for one in MUTANTS if not words or any(word in one.guard for word in words)]
    if not chosen:
        sys.stdout.write(f"no guard holds {', '.join(words)}; there are: {', '.join(one.guard for one in MUTANTS)}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        copy_project(Path(name))
        if not run(sorted({one.test for one in chosen}), Path(name)):
            sys.stdout.write("the tests fail with every guard in place: mend them first\n")
            return 1
    missed = 0
    for mutant in chosen:
        lives = survives(mutant)
        missed += lives
        verdict = "NOBODY MISSES IT" if lives else "missed by"
        sys.stdout.write(f"{mutant.guard}: {verdict} {mutant.test}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen)} guards taken out, {missed} missed by nobody\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
