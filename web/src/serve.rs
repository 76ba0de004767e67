use crate::{App, Error, router};
#[cfg(unix)]
use futures_util::future::select;
use std::future::Future;
#[cfg(unix)]
use std::pin::pin;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// Listens and answers until `stop` is ready; then ends streams, asks jobs to stop and waits for them. `on_ready` is told
/// once the server can be asked; from then on [`App::address`] has the port it got.
///
/// # Errors
/// [`Error::Bind`] if the address cannot be listened on, [`Error::Serve`] if the server breaks down.
pub async fn serve(
    app: &App,
    on_ready: impl FnOnce(&App),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let listen = app.0.config.listen;
    let bound = TcpListener::bind(listen).await.map_err(|source| Error::Bind { listen, source })?;
    app.0.listens_at(bound.local_addr().map_err(|source| Error::Bind { listen, source })?);
    on_ready(app);
    let closing = app.clone();
    let stopped = async move {
        stop.await;
        closing.close();
    };
    let served = axum::serve(bound, router(app)).with_graceful_shutdown(stopped).await;
    app.close();
    app.0.jobs.join();
    served.map_err(Error::Serve)
}

/// [`serve`] on threads of its own, until the program is interrupted (Ctrl-C, SIGTERM).
///
/// # Errors
/// As [`serve`]; [`Error::Serve`] too if there can be no threads.
pub fn run(app: &App, on_ready: impl FnOnce(&App)) -> Result<(), Error> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Error::Serve)?;
    runtime.block_on(serve(app, on_ready, interrupted()))
}

/// Ready when somebody wants the program to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            let interrupt = pin!(tokio::signal::ctrl_c());
            let _which = select(interrupt, pin!(terminated.recv())).await;
            return;
        }
    }
    // Without signals there is no other way to end than the hard one.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
