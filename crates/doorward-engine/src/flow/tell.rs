//! What a run says about itself: the challenge, the flow, the way on.

use super::stage::Stage;
use super::walk::Walk;
use super::{AppInfo, Ask, Challenge, FlowInfo, Mistake};
use crate::person::Person;

impl Walk<'_> {
    pub(super) fn challenge(&self, ask: Ask, mistakes: Vec<Mistake>) -> Challenge {
        Challenge {
            flow: self.info(),
            pending_user: self.pending_user(),
            mistakes,
            ask,
        }
    }

    /// Whom the run is about: the proven person, else, before anybody is named, the visitor.
    pub(super) fn about(&self) -> Option<&Person> {
        let visitor = self
            .ctx
            .actor
            .person()
            .filter(|_| self.run.identifier.is_empty());
        self.person.as_ref().or(visitor).map(AsRef::as_ref)
    }

    /// Their name, else the one that was typed.
    pub(super) fn named(&self) -> &str {
        let person = self.about();
        person.map_or(&self.run.identifier, |person| &person.username)
    }

    /// The name as it was typed, or as it was found where that may be shown, until the person is
    /// proven.
    fn pending_user(&self) -> String {
        self.about().map_or_else(
            || {
                self.run
                    .matched
                    .as_ref()
                    .unwrap_or(&self.run.identifier)
                    .clone()
            },
            |person| person.username.to_string(),
        )
    }

    pub(super) fn info(&self) -> FlowInfo {
        let application = self.application();
        let app = application.as_ref().map_or("", |app| app.name.as_str());
        let title = self.flow.title.replace("%(app)s", app);
        FlowInfo {
            slug: self.flow.slug.clone(),
            title: title.replace("%(user)s", &self.pending_user()),
            layout: self.flow.layout.clone(),
            background: self.flow.background.clone(),
            designation: self.flow.designation.clone(),
            origins: self.origins(),
            application,
        }
    }

    fn application(&self) -> Option<AppInfo> {
        let app = self
            .snapshot
            .applications
            .get(self.run.application.as_ref()?)?;
        let provider = app
            .provider
            .and_then(|pk| self.snapshot.proxy_providers.get(&pk));
        let external = provider.map(|provider| provider.external_host.clone());
        let own = Some(app.meta_launch_url.clone()).filter(|url| !url.is_empty());
        let launch_url = own.or(external).unwrap_or_default();
        Some(AppInfo {
            name: app.name.clone(),
            launch_url,
        })
    }

    /// Whether a login stage that is still to come lets the person choose to stay signed in.
    pub(super) fn offers_remember(&self) -> bool {
        self.stages_left().any(|stage| match stage {
            Stage::UserLogin(login) => login.offers_remember(),
            _ => false,
        })
    }

    /// A name from an address or an older page is a help for whoever is asked for one, and nothing
    /// to a flow that asks nobody.
    pub(super) fn forget_name_unless_asked(&mut self) {
        let asks = |stage: &Stage| matches!(stage, Stage::Identification(_));
        if !self.stages_left().any(|stage| asks(&stage)) {
            self.run.identifier.clear();
        }
    }

    /// Where redirect stages of the flow lead outside.
    fn origins(&self) -> Vec<String> {
        let origin = |stage| match stage {
            Stage::Redirect(stage) => stage.origin(),
            _ => None,
        };
        self.stages_left().filter_map(origin).collect()
    }

    fn stages_left(&self) -> impl Iterator<Item = Stage> + '_ {
        let bindings = self.run.stages.iter().filter_map(|pk| self.binding(pk));
        let stages = bindings.filter_map(|binding| self.snapshot.stages.get(&binding.stage));
        stages.filter_map(|stage| Stage::read(stage))
    }

    /// The slug of a flow that a stage points to.
    pub(super) fn flow_slug(&self, pk: Option<&str>) -> Option<String> {
        self.snapshot.flow(pk?).map(|flow| flow.slug.clone())
    }

    /// The recovery flow that the flow's identification stage names.
    pub(super) fn recovery_slug(&self) -> Option<String> {
        let mut stages = self
            .bindings()
            .iter()
            .filter_map(|one| self.snapshot.stages.get(&one.stage));
        let named = stages.find_map(|stage| stage.config["recovery_flow"].as_str());
        self.flow_slug(named)
    }
}
