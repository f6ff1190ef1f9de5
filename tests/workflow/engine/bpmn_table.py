"""What of BPMN 2.0.2 runs and what is refused: one row per element, each with the test that proves it.

``docs/bpmn.md`` is written from here: ``.venv/bin/python -m tests.workflow.engine.bpmn_table``.
"""

from pathlib import Path
from typing import NamedTuple

DOCUMENT = Path(__file__).parents[3] / "docs" / "bpmn.md"
ENGINE, LINT = "tests/workflow/engine/", "tests/workflow/lint/test_lint.py::"
TRAP = LINT + "test_every_trap_is_named"


class Row(NamedTuple):
    """``runs``: executes, or is refused on its element. ``codes``: of the findings that refuse it."""

    group: str
    element: str
    runs: bool
    how: str
    test: str
    codes: tuple[str, ...] = ()


def runs(group, element, how, test):
    return Row(group, element, True, how, ENGINE + test)


def refused(group, element, code, why, *more):
    return Row(group, element, False, why, f"{TRAP}[{code}]", (code, *more))


TASKS, FLOWS, EVENTS, BORDERS, SCOPES, DATA = "Activities", "Flows and gateways", "Events", "Events on a border or in an event sub-process", "Scopes", "Data and messages"

ROWS = (
    # ------------------------------------------------------------------ activities
    runs(TASKS, "User task", "work of a person on a form", "test_flow.py::test_a_user_task_shows_what_the_work_list_needs"),
    runs(TASKS, "Manual task", "a person ticks it off", "test_splits.py::test_any_activity_or_event_may_split[manual]"),
    runs(TASKS, "Service task", "calls a registered step; a failure is an incident that is retried", "test_flow.py::test_a_step_gets_feel_parameters_from_data_and_datasets"),
    runs(TASKS, "Script task", "a FEEL context whose entries become process data", "test_flow.py::test_a_script_assigns_the_entries_of_its_context"),
    runs(TASKS, "Business rule task", "a decision of the release", "test_parsing.py::test_a_single_output_goes_to_its_name"),
    runs(TASKS, "Send task", "throws its message", "test_bpmn_table.py::test_send_and_receive_tasks"),
    runs(TASKS, "Receive task", "waits for its message", "test_bpmn_table.py::test_send_and_receive_tasks"),
    runs(TASKS, "Standard loop", "`testBefore`, `loopMaximum`, `loopCondition`; `loopCounter` is the number of the round", "test_loops.py::test_it_is_done_again_while_the_condition_holds"),
    runs(TASKS, "Multi-instance, parallel", "the list is read once; completion condition; answers as a list", "test_multi_instance.py::test_every_member_gets_a_task_and_all_must_answer"),
    runs(TASKS, "Multi-instance, sequential", "one after the other in the order of the list", "test_multi_instance.py::test_one_after_the_other"),
    runs(TASKS, "Compensating activity", "opened by a compensating throw; belongs to a border event by an association", "test_compensation.py::test_completed_activities_are_undone_the_latest_first_and_others_not"),
    refused(TASKS, "Task without a kind", "plain_task", "it does not say who or what does it"),
    refused(TASKS, "Loop without condition and maximum", "endless_loop", "it would never end"),
    refused(TASKS, "`startQuantity`, `completionQuantity` other than 1", "quantity", "say it with a parallel gateway or a multi-instance"),
    refused(TASKS, "Multi-instance `behavior` other than All", "instance_events", "events of single instances; end it early by a completion condition"),
    refused(TASKS, "`instantiate` of a receive task or event gateway", "instantiate", "a process begins with a start event"),
    refused(TASKS, "Script in another language", "script_format", "only FEEL ever runs"),
    refused(TASKS, "Scripts before and after a task", "scripts_around", "an extension of one editor; draw a script task"),
    # ------------------------------------------------------------------ flows
    runs(FLOWS, "Several flows out of an activity or event", "all are taken (implicit split)", "test_splits.py::test_all_flows_out_of_a_task_are_taken"),
    runs(FLOWS, "Conditional flows out of an activity", "those that hold, and all without a condition", "test_splits.py::test_a_flow_without_condition_is_always_taken_the_others_when_they_hold"),
    runs(FLOWS, "Default flow of an activity", "when no condition holds", "test_splits.py::test_the_default_flow_is_taken_when_no_condition_holds"),
    runs(FLOWS, "Several flows into an activity or event", "every token starts it anew (implicit merge)", "test_splits.py::test_every_token_starts_an_activity_with_several_flows_in_anew"),
    runs(FLOWS, "Exclusive gateway", "the first condition that holds, from top to bottom, else the default flow", "test_flow.py::test_an_exclusive_gateway_takes_the_true_flow_else_the_default"),
    runs(FLOWS, "Parallel gateway", "waits for one token of each incoming flow, merges what each branch changed", "test_flow.py::test_a_parallel_join_waits_for_both_and_keeps_what_each_changed"),
    runs(FLOWS, "Inclusive gateway, split", "all flows that hold, else the default flow", "test_flow.py::test_an_inclusive_gateway_takes_all_true_flows_and_waits_for_those"),
    runs(FLOWS, "Inclusive gateway, join", "waits while a token can still come", "test_flow.py::test_an_inclusive_join_does_not_wait_for_flows_not_taken"),
    runs(FLOWS, "Event-based gateway", "the first event ends the others", "test_events.py::test_the_first_event_at_a_gateway_ends_the_others"),
    refused(FLOWS, "Complex gateway", "complex_gateway", "use exclusive, inclusive or parallel ones"),
    refused(FLOWS, "Event gateway of type Parallel", "parallel_event_gateway", "use a parallel gateway with a catching event on each way"),
    refused(FLOWS, "Only conditional flows, no default", "no_default", "the process would stop when none holds"),
    refused(FLOWS, "Condition on a flow out of an event, parallel or event gateway", "ignored_condition", "the standard does not allow it"),
    # ------------------------------------------------------------------ events
    runs(EVENTS, "Start event, none", "", "test_scopes.py::test_several_start_events"),
    Row(EVENTS, "Start event, message", True, "a thrown message nobody waits for starts the process", "tests/workflow/instances/test_between_instances.py::test_a_message_begins_a_process_when_nobody_waits_for_it"),
    Row(EVENTS, "Start event, signal", True, "starts a process for every signal", "tests/workflow/instances/test_between_instances.py::test_a_signal_begins_a_process_too"),
    runs(EVENTS, "Timer: date, duration", "ISO 8601 or FEEL; in working time with the property `working_time`", "test_events.py::test_a_timer_is_due"),
    runs(EVENTS, "Timer: cycle", "`R3/PT4H`, with start or end; an intermediate event waits for the first turn", "test_cycles.py::test_an_intermediate_event_waits_for_the_first_turn"),
    runs(EVENTS, "Intermediate catch, message", "payload becomes process data", "test_events.py::test_a_message_wait_says_what_the_sender_must_name"),
    runs(EVENTS, "Intermediate catch, signal", "reaches all who wait", "test_events.py::test_a_signal_reaches_all_who_wait"),
    runs(EVENTS, "Intermediate catch, conditional", "looked at after every move", "test_events.py::test_a_condition_is_looked_at_after_every_move_and_on_poll"),
    runs(EVENTS, "Link, throw and catch", "every throw leads to the catch of its name in the same scope", "test_splits.py::test_every_throwing_link_leads_to_the_catching_one_of_its_name"),
    runs(EVENTS, "Intermediate throw, none", "passes", "test_bpmn_table.py::test_a_throw_without_an_event_passes"),
    runs(EVENTS, "Throw and end, message and signal", "inside the instance, else to other instances", "test_events.py::test_thrown_messages_and_signals_go_out"),
    runs(EVENTS, "Throw, escalation", "caught by the nearest border or event sub-process; the thrower goes on", "test_cycles.py::test_an_escalation_beside_a_sub_process_comes_again"),
    runs(EVENTS, "Throw, compensation", "handlers of completed activities of its scope, the latest first; `activityRef`, `waitForCompletion`", "test_compensation.py::test_one_activity_may_be_named_and_is_undone_once"),
    runs(EVENTS, "End event, none", "the scope ends when all its tokens have", "test_flow.py::test_two_ends_both_must_be_reached"),
    runs(EVENTS, "End event, error", "ends its scope, leaves by the nearest that catches it", "test_scopes.py::test_an_error_end_leaves_by_the_boundary_of_the_call[error]"),
    runs(EVENTS, "End event, escalation", "", "test_scopes.py::test_an_error_end_leaves_by_the_boundary_of_the_call[escalation]"),
    runs(EVENTS, "End event, compensation", "the process ends when all is compensated", "test_compensation.py::test_an_end_event_compensates_before_the_process_ends"),
    runs(EVENTS, "End event, cancel (in a transaction)", "ends its tokens, compensates, leaves by the cancel event", "test_compensation.py::test_a_cancelled_transaction_ends_its_tokens_undoes_what_was_done_and_leaves_by_its_cancel_event"),
    runs(EVENTS, "End event, terminate", "ends its own scope at once", "test_scopes.py::test_a_terminate_end_ends_only_its_own_scope"),
    Row(EVENTS, "Start event, timer", True, "date, duration from the activation of the release, or cycle; the same timer goes on in the next release; of turns missed by a standstill one start, with the property `missed` = `each` one for every turn", "tests/workflow/instances/test_timed_starts.py::test_a_cycle_starts_an_instance_at_every_turn"),
    refused(EVENTS, "Start event of a process, conditional", "event_start", "before a process begins there is no case whose data the condition could read; start by the clock and decide after"),
    refused(EVENTS, "Several definitions in one event (multiple, parallel multiple)", "multiple_events", "draw one event for each, or an event gateway"),
    refused(EVENTS, "Definition by reference", "event_reference", "write it in the event"),
    refused(EVENTS, "Catching event without a definition", "catch_without_event", "it does not say what it waits for"),
    refused(EVENTS, "Intermediate throw of timer, error, condition or terminate", "throw_timer", "the standard does not know it"),
    refused(EVENTS, "Link without target, or with two", "link_target", "the token would be lost"),
    refused(EVENTS, "Link as start, end or border event", "link_place", "a link is an intermediate event"),
    refused(EVENTS, "Flow out of a throwing or into a catching link", "link_flow", "the link is the way"),
    refused(EVENTS, "Message or signal nobody waits for", "unheard", "it would be lost"),
    refused(EVENTS, "Message, signal, error event without its reference", "reference", "it does not say which"),
    # ------------------------------------------------------------------ borders
    runs(BORDERS, "Border, timer, interrupting", "ends the activity", "test_events.py::test_an_interrupting_timer_ends_the_task"),
    runs(BORDERS, "Border, timer, non-interrupting", "the activity goes on", "test_events.py::test_a_reminder_leaves_the_task_open"),
    runs(BORDERS, "Border, timer cycle", "as often as it says, while the activity goes on; turns missed while the program stood still come late, one by one, of a cycle without end the latest 100", "test_cycles.py::test_every_turn_that_was_missed_comes_late[beside]"),
    runs(BORDERS, "Border, message and signal", "non-interrupting: as often as they come", "test_cycles.py::test_a_message_or_signal_beside_an_activity_comes_as_often_as_it_is_sent"),
    runs(BORDERS, "Border, error", "of a step, a sub-process or a call", "test_events.py::test_a_step_leaves_by_its_error_boundary"),
    runs(BORDERS, "Border, escalation", "interrupting or not", "test_cycles.py::test_an_escalation_beside_a_sub_process_comes_again"),
    runs(BORDERS, "Border, conditional", "non-interrupting: again after it was false", "test_cycles.py::test_a_condition_comes_again_after_it_was_false"),
    runs(BORDERS, "Border, compensation", "names what undoes the activity, over an association", "test_compensation.py::test_the_throw_waits_for_people_who_undo_and_takes_their_data_along"),
    runs(BORDERS, "Border, cancel (of a transaction)", "", "test_compensation.py::test_the_cancel_waits_for_people_who_undo"),
    runs(BORDERS, "Event sub-process, message", "interrupting: takes over its scope; else beside, again and again", "test_scopes.py::test_a_non_interrupting_message_runs_beside_and_can_come_again"),
    runs(BORDERS, "Event sub-process, signal", "in inner scopes too", "test_scopes.py::test_a_signal_starts_event_sub_processes_in_inner_scopes_too"),
    runs(BORDERS, "Event sub-process, timer", "once, or as often as its cycle says", "test_scopes.py::test_a_timer_starts_the_event_sub_process_once"),
    runs(BORDERS, "Event sub-process, error and escalation", "", "test_scopes.py::test_an_error_starts_the_event_sub_process_of_the_scope"),
    runs(BORDERS, "Event sub-process, conditional", "when the condition becomes true", "test_cycles.py::test_a_condition_may_interrupt_the_whole_process"),
    runs(BORDERS, "Event sub-process, compensation", "compensates the completed sub-process it stands in, on its snapshot; may throw further inside", "test_compensation.py::test_its_compensation_event_sub_process_decides_and_may_undo_what_is_inside"),
    refused(BORDERS, "Event sub-process, compensation, of a process or a compensating activity", "compensation_subprocess", "nobody compensates these once they have completed"),
    refused(BORDERS, "Two compensation handlers of one activity, or two activities of one handler", "compensation_twice", "which one should undo it"),
    refused(BORDERS, "Start or intermediate event that catches a compensation", "compensation_catch", "only border events handle compensation"),
    refused(BORDERS, "Event sub-process, none start", "event_subprocess_none_start", "it would start at once"),
    refused(BORDERS, "Event sub-process with flows", "event_subprocess_flow", "its start event starts it"),
    refused(BORDERS, "Border event with a flow into it", "boundary_incoming", "the event comes by itself"),
    refused(BORDERS, "Border event not on an activity", "boundary_host", "nothing to stand on"),
    refused(BORDERS, "Error event that does not interrupt", "error_not_interrupting", "an error always interrupts"),
    refused(BORDERS, "Compensation of a loop or multi-instance", "compensation_repeated", "put it into a sub-process"),
    runs(BORDERS, "Compensation inside a completed sub-process", "without a handler on its border: what it had completed is undone inside, the latest first, each instance and round for itself; they see its snapshot; a called process is closed", "test_compensation.py::test_a_completed_sub_process_without_handler_is_undone_from_inside_in_its_place_in_the_order"),
    refused(BORDERS, "Compensation event or activity with flows", "compensation_flow", "they are connected by an association"),
    refused(BORDERS, "Compensation event without activity, or the other way round", "compensation_handler", "nothing would undo it"),
    refused(BORDERS, "Compensation of an activity without handler", "compensation_target", "nothing would undo it"),
    refused(BORDERS, "Border event on a compensating activity", "compensation_border", "make it a sub-process"),
    refused(BORDERS, "Cancel event elsewhere than in or on a transaction", "cancel_place", "nothing to cancel"),
    # ------------------------------------------------------------------ scopes
    runs(SCOPES, "Sub-process", "works on the data of the process around it", "test_scopes.py::test_a_sub_process_works_on_the_same_data"),
    runs(SCOPES, "Call activity", "another process of the release; properties `input`, `output`", "test_scopes.py::test_a_called_process_sees_all_and_gives_all_back"),
    runs(SCOPES, "Transaction", "success is a sub-process, cancel compensates, an error leaves without undoing", "test_compensation.py::test_an_error_leaves_a_transaction_without_undoing"),
    runs(SCOPES, "Ad-hoc sub-process", "tasks in any order and again, until the completion condition holds; then the rest is cancelled", "test_ad_hoc.py::test_tasks_are_done_in_any_order_and_again_until_the_condition_holds"),
    runs(SCOPES, "Several processes in one file, pools", "each executable process by its id; black-box pools are a picture", "test_parsing.py::test_all_processes_of_all_files_by_id"),
    refused(SCOPES, "Sub-process with a start that waits", "inner_start", "nothing would start it"),
    refused(SCOPES, "Transaction that is cancelled without a cancel event", "cancel_unheard", "it would lead nowhere"),
    refused(SCOPES, "Ad-hoc without completion condition", "adhoc_condition", "nobody would end it"),
    refused(SCOPES, "Ad-hoc, ordering Sequential", "adhoc_order", "open tasks do not know whether one has been begun"),
    refused(SCOPES, "Ad-hoc, `cancelRemainingInstances` false", "adhoc_remaining", "what must be done belongs into the condition"),
    refused(SCOPES, "Ad-hoc with start or end events", "adhoc_events", "the standard does not allow them"),
    refused(SCOPES, "Ad-hoc with a free automatic activity", "adhoc_entry", "it would begin by itself, for ever"),
    refused(SCOPES, "Ad-hoc, free task that can be interrupted", "adhoc_border", "it would not come again"),
    # ------------------------------------------------------------------ data
    runs(DATA, "Data object, data store, plain data association", "drawn for people; process data is seen as a whole", "test_parsing.py::test_data_objects_and_stores_are_drawn_for_people_and_change_nothing"),
    runs(DATA, "Correlation key with subscription", "context-based: who waits asks for what the process holds", "test_correlation.py::test_who_waits_with_a_subscription_asks_for_what_the_process_holds"),
    runs(DATA, "Correlation key without subscription", "key-based: the first message says which case it is", "test_correlation.py::test_without_subscription_the_first_message_says_which_case_it_is"),
    runs(DATA, "Correlation without a key", "the business key, or the property `correlate`", "test_correlation.py::test_the_business_key_stands_for_a_correlation_that_is_not_drawn"),
    Row(DATA, "Lane", True, "its property `role` is who does it; its name is a label", "tests/workflow/lint/test_lint.py::test_a_role_may_stand_on_the_lane"),
    refused(DATA, "Data association with transformation, `ioSpecification`", "data_object", "say it in FEEL: `input`, `output`, script task"),
    refused(DATA, "Correlation key that is not written out", "correlation", "every property needs its paths"),
)


def proven_by(row):
    return row.test.partition("[")[0]


def render():
    lines = [
        "# What of BPMN runs",
        "",
        "Every element of BPMN 2.0.2 either runs as the standard says or is refused, on its element, when the file is",
        "checked (`flask definitions lint`) and deployed. Every line names the test that proves it. This page is written",
        "from `tests/workflow/engine/bpmn_table.py`; change it there.",
    ]
    for group in dict.fromkeys(row.group for row in ROWS):
        lines += ["", f"## {group}", "| element | | how, or why not | proven by |", "|---|---|---|---|"]
        for row in ROWS:
            if row.group == group:
                verdict = "executes" if row.runs else "refused: " + ", ".join(f"`{code}`" for code in row.codes)
                lines.append(f"| {row.element} | {verdict} | {row.how} | {proven_by(row).rpartition('/')[2].replace('::', ' – ')} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), encoding="utf-8")
