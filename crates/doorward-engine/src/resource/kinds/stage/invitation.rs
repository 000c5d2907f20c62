//! The invitation stage, and the invitations themselves.

use doorward_store::resource::OnDelete;
use serde_json::{Map, Value};

use super::FLOW;
use crate::resource::field::{Default, Field, FieldType, Target};
use crate::resource::kind::{Filter, Holds, Kind, Op};
use crate::resource::world::World;
use crate::resource::{GROUP, USER, kinds, present};
use crate::snapshot::Object;

/// `authentik_stages_invitation.invitationstage`
pub(crate) static KIND: Kind = Kind {
    model: "authentik_stages_invitation.invitationstage",
    path: "stages/invitation/stages",
    schema: "InvitationStage",
    verbose: "Invitation Stage",
    plural: "Invitation Stages",
    description: "Lets those pass who have an invitation.",
    component: "ak-stage-invitation-form",
    fields: &[
        Field::name().unique(),
        Field::flag(
            "continue_flow_without_invitation",
            "Go on without an invitation",
            false,
        ),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("continue_flow_without_invitation"),
        Filter::new("stage_uuid", "pk", Op::Exact),
        Filter::new("no_flows", "", Op::Test(has_no_flow)).of(Holds::Bool),
    ],
    ..Kind::STAGE
};

fn has_no_flow(object: &Object, world: &World, wanted: &[&str]) -> bool {
    let mut bindings = world.objects("authentik_flows.flowstagebinding").iter();
    let is_bound = bindings.any(|one| one.config["stage"] == object.id);
    is_bound != (wanted.last() == Some(&"true"))
}

/// `authentik_stages_invitation.invitation`
pub(crate) static INVITATION: Kind = Kind {
    model: "authentik_stages_invitation.invitation",
    path: "stages/invitation/invitations",
    param: "invite_uuid",
    schema: "Invitation",
    verbose: "Invitation",
    plural: "Invitations",
    fields: &[
        Field::new("name", "Name", FieldType::Slug { max: 0 }).required(),
        Field::new("expires", "Ends at", FieldType::DateTime)
            .nullable()
            .default(Default::Null),
        Field::new("fixed_data", "Filled in already", FieldType::Object)
            .default(Default::Object)
            .help("Answers of the flow's forms that the invitation brings along."),
        Field::new(
            "created_by",
            "Made by",
            FieldType::One(Target::Kind(USER), OnDelete::Cascade),
        )
        .nullable()
        .read_only()
        .default(Default::Maker),
        Field::flag("single_use", "Works once", false),
        Field::many("groups", "Groups they join", Target::Kind(GROUP))
            .ours()
            .help("Counts as long as whoever made the invitation is an administrator."),
        Field::new(
            "flow",
            "Only for this flow",
            FieldType::One(FLOW, OnDelete::SetNull),
        )
        .nullable()
        .default(Default::Null),
    ],
    search: &[("name", ""), ("created_by", "")],
    filters: &[
        Filter::exact("name"),
        Filter::exact("expires"),
        Filter::new("created_by__username", "", Op::Test(is_made_by)).of(Holds::Text),
        Filter::new("flow__slug", "", Op::Test(is_for_flow)).of(Holds::Text),
    ],
    ordering: &[("name", ""), ("expires", "")],
    default_order: "-expires",
    present: show,
    ..Kind::BASE
};

fn is_made_by(object: &Object, world: &World, wanted: &[&str]) -> bool {
    let maker = object.config.get("created_by").and_then(Value::as_i64);
    let maker = maker.and_then(|id| world.user(id));
    maker.is_some_and(|user| wanted.contains(&user.username.as_str()))
}

fn is_for_flow(object: &Object, world: &World, wanted: &[&str]) -> bool {
    let flow = flow_of(object, world);
    let slug = flow.and_then(|flow| flow.config["slug"].as_str());
    slug.is_some_and(|slug| wanted.contains(&slug))
}

fn flow_of<'a>(object: &Object, world: &'a World) -> Option<&'a Object> {
    let id = object.config.get("flow")?.as_str()?;
    world.object(kinds::flow::FLOW.model, id).map(AsRef::as_ref)
}

fn show(object: &Object, world: &World, answer: &mut Map<String, Value>) {
    let maker = present::partial_user(object.config.get("created_by"), world);
    answer.insert("created_by".into(), maker);
    let flow = flow_of(object, world);
    let flow = flow.map_or(Value::Null, |flow| {
        present::object(&kinds::flow::FLOW, flow, world)
    });
    answer.insert("flow_obj".into(), flow);
}
