"""A hospital's project. The administrator becomes its member, because its servers and volumes are made from inside."""

from __future__ import annotations

from stacks.spec import Field, Inputs, Spec, Thing, View

ROLE = "admin"


def _settle(view: View, project: Thing, inputs: Inputs) -> None:
    identity = view.admin.identity
    role = identity.find_role(ROLE, ignore_missing=False)
    identity.assign_project_role_to_user(project.id, view.admin.current_user_id, role.id)


SPEC = Spec(
    kind="project",
    service="identity",
    noun="project",
    plural="projects",
    tenant=False,
    fields={
        "name": Field(replace=True),
        "domain_id": Field(replace=True, required=False, default="default"),
    },
    settle=_settle,
)
