//! What a run says about itself: the challenge, the flow, the way on.

use super::stage::Stage;
use super::walk::Walk;
use super::{AppInfo, Ask, Challenge, FlowInfo, Mistake, email};
use crate::brand::FlowUse;
use crate::mail::server::EMAIL_STAGE;
use crate::model::Application;

impl Walk<'_> {
    pub(super) fn challenge(&self, ask: Ask, mistakes: Vec<Mistake>) -> Challenge {
        Challenge {
            flow: self.info(),
            pending_user: self.pending_user(),
            mistakes,
            ask,
        }
    }

    /// Their name, else the one that was typed.
    pub(super) fn named(&self) -> &str {
        let person = self.whom();
        person.map_or(&self.run.identifier, |person| &person.username)
    }

    /// The name as it was typed, or as it was found where that may be shown, until the person is
    /// proven.
    fn pending_user(&self) -> String {
        self.whom().map_or_else(
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

    /// The application that the person is on the way to.
    pub(super) fn destination(&self) -> Option<&Application> {
        let pk = self.run.application.as_ref()?;
        self.snapshot.applications.get(pk).map(AsRef::as_ref)
    }

    fn application(&self) -> Option<AppInfo> {
        let app = self.destination()?;
        let provider = app
            .provider
            .and_then(|pk| self.snapshot.proxy_providers.get(&pk));
        let external = provider.map(|provider| provider.external_host.clone());
        let own = Some(app.meta_launch_url.clone()).filter(|url| !url.is_empty());
        let launch_url = own.or(external).unwrap_or_default();
        let client = app
            .provider
            .and_then(|pk| self.snapshot.oauth.of_provider(pk));
        Some(AppInfo {
            name: app.name.clone(),
            launch_url,
            about: client.map(|client| client.about()).unwrap_or_default(),
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

    /// The recovery flow that the flow's identification stage names, else the brand's.
    pub(super) fn recovery_slug(&self) -> Option<String> {
        let mut stages = self
            .bindings()
            .iter()
            .filter_map(|one| self.snapshot.stages.get(&one.stage));
        let named = stages.find_map(|stage| stage.config["recovery_flow"].as_str());
        self.recovery(named)
    }

    /// The flow for those who forgot their password: the named one, else the brand's. It is offered
    /// in signing in only, and only where the letters it needs can be sent.
    pub(super) fn recovery(&self, named: Option<&str>) -> Option<String> {
        if let Some(slug) = self.flow_slug(named) {
            return Some(slug).filter(|slug| self.can_mail(slug));
        }
        let slug = self
            .snapshot
            .default_flow(&self.visit.host, FlowUse::Recovery)?;
        let signs_in = self.flow.designation == "authentication" && slug != self.flow.slug;
        (signs_in && self.can_mail(slug)).then(|| slug.to_owned())
    }

    /// Whether every stage of a flow that sends letters could send one.
    fn can_mail(&self, slug: &str) -> bool {
        let flow = self.snapshot.flows.get(slug);
        let bindings = flow.and_then(|flow| self.snapshot.stage_bindings.get(&flow.pk));
        let mut stages = bindings
            .into_iter()
            .flatten()
            .filter_map(|one| self.snapshot.stages.get(&one.stage))
            .filter(|stage| stage.kind == EMAIL_STAGE);
        stages.all(|stage| email::sends(self.engine, stage))
    }
}
