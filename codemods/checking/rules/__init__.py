"""The rules, one module each, in the order of their codes."""

from __future__ import annotations

from codemods.checking.declaration import Rule
from codemods.checking.rules import (
    closed_too_early,
    cut_prompt,
    cut_response,
    dict_access,
    extra_file_not_persisted,
    file_before_row,
    insert_only_service,
    loop_tracked_once,
    missing_member,
    name_rebound,
    never_completed,
    never_failed,
    no_response,
    no_timing,
    not_closed,
    opened_in_loop,
    other_content,
    output_not_persisted,
    service_missing,
    service_outside_try,
    silent_failure_update,
    stays_pending,
    suppression_without_reason,
    swallowed_error,
    timing_other_work,
    tracked_elsewhere,
    unchecked_task,
    undefined_name,
    unreadable_file,
    unrecorded_model_call,
    unrefactored,
    untracked_call,
    unused_suppression,
    wrong_model,
    wrong_size,
)

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            module.RULE
            for module in (
                closed_too_early,
                cut_prompt,
                cut_response,
                dict_access,
                extra_file_not_persisted,
                file_before_row,
                insert_only_service,
                loop_tracked_once,
                missing_member,
                name_rebound,
                never_completed,
                never_failed,
                no_response,
                no_timing,
                not_closed,
                opened_in_loop,
                other_content,
                output_not_persisted,
                service_missing,
                service_outside_try,
                silent_failure_update,
                stays_pending,
                suppression_without_reason,
                swallowed_error,
                timing_other_work,
                tracked_elsewhere,
                unchecked_task,
                undefined_name,
                unreadable_file,
                unrecorded_model_call,
                unrefactored,
                untracked_call,
                unused_suppression,
                wrong_model,
                wrong_size,
            )
        ),
        key=lambda rule: rule.code,
    )
)
"""Every rule, by code."""

BY_CODE = {rule.code: rule for rule in RULES}
