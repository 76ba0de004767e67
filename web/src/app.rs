use crate::failure::Failure;
use crate::jobs::Jobs;
use crate::plots::Plots;
use crate::roots::Roots;
use crate::secrets::Secrets;
use crate::{Config, Error};
use bro_store::{DatabaseUrl, Store};
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, watch};

/// A server's state: its settings, secrets and jobs. Clones share it.
#[derive(Clone)]
pub struct App(pub(crate) Arc<State>);

pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) roots: Roots,
    pub(crate) secrets: Secrets,
    pub(crate) jobs: Jobs,
    pub(crate) plots: Plots,
    pub(crate) uploads: Semaphore,
    pub(crate) is_closing: watch::Sender<bool>,
    /// Where it really listens, once it does.
    listen: Mutex<SocketAddr>,
    /// The database in use; the page may choose another.
    database: Mutex<DatabaseUrl>,
    /// Connections that wait for the next request.
    stores: Mutex<Vec<Store>>,
}

impl App {
    /// Checks the settings, makes the folders, opens the database once.
    ///
    /// # Errors
    /// [`Error::WeakToken`], [`Error::Folder`], [`Error::Random`], [`Error::Store`].
    pub fn new(config: Config) -> Result<Self, Error> {
        config.validate()?;
        let roots = Roots::new(&config.roots)?;
        let secrets = Secrets::new(config.token.as_deref())?;
        let state = State {
            roots,
            secrets,
            jobs: Jobs::new(&config.limits),
            plots: Plots::new(config.work_folder.join("plots"), config.limits.n_plots)?,
            uploads: Semaphore::new(config.limits.n_uploads),
            is_closing: watch::Sender::new(false),
            listen: Mutex::new(config.listen),
            stores: Mutex::new(vec![Store::open(&config.database)?]),
            database: Mutex::new(config.database.clone()),
            config,
        };
        fs::create_dir_all(state.upload_folder())
            .map_err(|source| Error::Folder { folder: state.upload_folder(), source })?;
        Ok(Self(Arc::new(state)))
    }

    /// The address to open in a browser, with the token.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://{}/?token={}", self.0.listen(), self.0.secrets.token)
    }

    /// The address without the token, fit to be shown.
    #[must_use]
    pub fn public_address(&self) -> String {
        format!("http://{}/", self.0.listen())
    }

    /// Ends every stream of events and asks every job to stop; imports keep what is stored and can be gone on with.
    pub fn close(&self) {
        self.0.is_closing.send_replace(true);
        self.0.jobs.close();
    }
}

impl State {
    pub(crate) fn listen(&self) -> SocketAddr {
        *self.listen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn listens_at(&self, address: SocketAddr) {
        *self.listen.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }

    pub(crate) fn upload_folder(&self) -> PathBuf {
        self.config.work_folder.join("uploads")
    }

    /// Runs `work` on a connection of its own; one that failed is not used again.
    pub(crate) fn with_store<T>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, bro_store::Error>,
    ) -> Result<T, bro_store::Error> {
        let idle = self.stores.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut store = match idle {
            Some(store) => store,
            None => Store::open(&self.database())?,
        };
        let answer = work(&mut store)?;
        // Another database may have been chosen meanwhile.
        if *store.url() == self.database() {
            self.stores.lock().unwrap_or_else(PoisonError::into_inner).push(store);
        }
        Ok(answer)
    }

    /// The database in use.
    pub(crate) fn database(&self) -> DatabaseUrl {
        self.database.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes on with another database, of which `store` is a connection.
    pub(crate) fn go_on_with(&self, store: Store) {
        *self.database.lock().unwrap_or_else(PoisonError::into_inner) = store.url().clone();
        *self.stores.lock().unwrap_or_else(PoisonError::into_inner) = vec![store];
    }
}

impl App {
    /// Asks the database without holding up other requests.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, bro_store::Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let app = self.clone();
        self.block(move || Ok(app.0.with_store(work)?)).await
    }

    /// Runs what blocks on a thread where it may.
    pub(crate) async fn block<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        match tokio::task::spawn_blocking(work).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::internal("the request could not be finished")),
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("listen", &self.0.listen()).finish_non_exhaustive()
    }
}
