use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// One job.
pub(crate) struct Job {
    pub(crate) id: u64,
    status: watch::Sender<Status>,
    is_cancelled: AtomicBool,
    last_told: Mutex<Option<Instant>>,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Status {
    pub(crate) id: u64,
    /// `import`, `outliers`, `clusters`, `delete`.
    pub(crate) kind: &'static str,
    /// What it is about, for people.
    pub(crate) title: String,
    pub(crate) phase: Phase,
    /// What it is busy with.
    pub(crate) stage: String,
    /// How much of this stage is done.
    pub(crate) done: u64,
    /// What `done` will be at the end of the stage; 0 if that is not known.
    pub(crate) total: u64,
    /// What `done` counts: `bytes`, `steps` or `rows`.
    pub(crate) unit: &'static str,
    /// Rows seen in this stage.
    pub(crate) n_rows: u64,
    /// What came out of it, or why it failed.
    pub(crate) message: Option<String>,
    /// The page that shows what came out.
    pub(crate) page: Option<String>,
    /// The number of the run it saved.
    pub(crate) run: Option<i64>,
}

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

impl Phase {
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Job {
    pub(super) fn new(id: u64, kind: &'static str, title: String) -> Self {
        let status = Status {
            id,
            kind,
            title,
            phase: Phase::Waiting,
            stage: "waiting for a free place".to_owned(),
            done: 0,
            total: 0,
            unit: "steps",
            n_rows: 0,
            message: None,
            page: None,
            run: None,
        };
        Self {
            id,
            status: watch::Sender::new(status),
            is_cancelled: AtomicBool::new(false),
            last_told: Mutex::new(None),
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// The status now and whenever it changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Status> {
        let mut receiver = self.status.subscribe();
        receiver.mark_changed();
        receiver
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Status)) {
        self.status.send_modify(change);
    }

    /// Tells how far it is, but not so often that telling costs; the answer says whether to go on.
    pub(crate) fn tell(&self, change: impl FnOnce(&mut Status)) -> ControlFlow<()> {
        const OFTEN: Duration = Duration::from_millis(100);
        let mut last = self.last_told.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= OFTEN) {
            *last = Some(Instant::now());
            self.change(change);
        }
        if self.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    pub(crate) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        self.change(|status| {
            if !status.phase.is_over() {
                "stopping".clone_into(&mut status.stage);
            }
        });
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }
}
