use super::{Job, Phase};
use crate::Limits;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// What a job brought.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// In a sentence.
    pub(crate) message: String,
    /// The page that shows it.
    pub(crate) page: Option<String>,
    /// The run that was saved.
    pub(crate) run: Option<i64>,
}

type Work = Box<dyn FnOnce(&Job) -> Result<Outcome, String> + Send>;

/// The jobs of a server, and the threads they run on.
pub(crate) struct Jobs {
    shared: Arc<Shared>,
    workers: Mutex<Vec<JoinHandle<()>>>,
    n_waiting: usize,
    n_ended: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<Queue>,
    has_work: Condvar,
}

#[derive(Default)]
struct Queue {
    last_id: u64,
    jobs: VecDeque<Arc<Job>>,
    waiting: VecDeque<(Arc<Job>, Work)>,
    is_closed: bool,
}

impl Jobs {
    pub(crate) fn new(limits: &Limits) -> Self {
        let shared = Arc::new(Shared::default());
        let worker = |_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.work())
        };
        let workers = (0..limits.n_workers.max(1)).map(worker).collect();
        Self { shared, workers: Mutex::new(workers), n_waiting: limits.n_waiting, n_ended: limits.n_ended }
    }

    /// Lines up a job; `None` if too many wait already.
    pub(crate) fn start(
        &self,
        kind: &'static str,
        title: String,
        work: impl FnOnce(&Job) -> Result<Outcome, String> + Send + 'static,
    ) -> Option<Arc<Job>> {
        let mut queue = self.shared.queue();
        if queue.is_closed || queue.waiting.len() >= self.n_waiting {
            return None;
        }
        queue.last_id += 1;
        let job = Arc::new(Job::new(queue.last_id, kind, title));
        queue.jobs.push_front(Arc::clone(&job));
        queue.waiting.push_back((Arc::clone(&job), Box::new(work)));
        queue.forget(self.n_ended);
        self.shared.has_work.notify_one();
        Some(job)
    }

    /// All jobs that are known, the latest first.
    pub(crate) fn list(&self) -> Vec<Arc<Job>> {
        self.shared.queue().jobs.iter().cloned().collect()
    }

    pub(crate) fn find(&self, id: u64) -> Option<Arc<Job>> {
        self.shared.queue().jobs.iter().find(|job| job.id == id).cloned()
    }

    /// Asks every job to stop, and takes no more.
    pub(crate) fn close(&self) {
        let mut queue = self.shared.queue();
        queue.is_closed = true;
        queue.waiting.clear();
        queue.jobs.iter().for_each(|job| job.cancel());
        self.shared.has_work.notify_all();
    }

    /// Waits until the threads have ended.
    pub(crate) fn join(&self) {
        let workers = std::mem::take(&mut *self.workers.lock().unwrap_or_else(PoisonError::into_inner));
        for worker in workers {
            // A thread that broke down has nothing to tell that its job has not told.
            let _ended = worker.join();
        }
    }
}

impl Queue {
    /// Keeps only the latest of the jobs that ended.
    fn forget(&mut self, n_ended: usize) {
        let mut n_seen = 0;
        self.jobs.retain(|job| {
            n_seen += usize::from(job.status().phase.is_over());
            !job.status().phase.is_over() || n_seen <= n_ended
        });
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What each thread does.
    fn work(&self) {
        while let Some((job, work)) = self.next() {
            run(&job, work);
        }
    }

    fn next(&self) -> Option<(Arc<Job>, Work)> {
        let mut queue = self.queue();
        loop {
            if let Some(next) = queue.waiting.pop_front() {
                return Some(next);
            }
            if queue.is_closed {
                return None;
            }
            queue = self.has_work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn run(job: &Job, work: Work) {
    if job.is_cancelled() {
        end(
            job,
            Phase::Cancelled,
            Outcome { message: "cancelled before it began".to_owned(), ..Outcome::default() },
        );
        return;
    }
    job.change(|status| {
        status.phase = Phase::Running;
        "starting".clone_into(&mut status.stage);
    });
    let answer = catch_unwind(AssertUnwindSafe(|| work(job)));
    let failed = |message| Outcome { message, ..Outcome::default() };
    match answer {
        Ok(Ok(outcome)) if job.is_cancelled() && outcome.run.is_none() => end(job, Phase::Cancelled, outcome),
        Ok(Ok(outcome)) => end(job, Phase::Done, outcome),
        Ok(Err(_)) if job.is_cancelled() => end(job, Phase::Cancelled, failed("cancelled".to_owned())),
        Ok(Err(message)) => end(job, Phase::Failed, failed(message)),
        Err(_) => {
            end(job, Phase::Failed, failed("a fault in the program; its terminal has the details".to_owned()))
        }
    }
}

fn end(job: &Job, phase: Phase, outcome: Outcome) {
    job.change(|status| {
        status.phase = phase;
        phase.name().clone_into(&mut status.stage);
        status.message = Some(outcome.message);
        status.page = outcome.page;
        status.run = outcome.run;
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    fn jobs(n_waiting: usize) -> Jobs {
        Jobs::new(&Limits { n_workers: 1, n_waiting, n_ended: 2, ..Limits::default() })
    }

    /// Waits until the job has ended.
    fn ended(job: &Job) -> super::super::Status {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut watch = job.watch();
        runtime.block_on(async { watch.wait_for(|status| status.phase.is_over()).await.unwrap().clone() })
    }

    #[test]
    fn a_job_ends_with_what_it_brought_or_why_not() {
        let jobs = jobs(9);
        let good = jobs
            .start("test", "a".into(), |_| Ok(Outcome { message: "fine".into(), ..Outcome::default() }))
            .unwrap();
        let bad = jobs.start("test", "b".into(), |_| Err("no log".into())).unwrap();
        let worse = jobs.start("test", "c".into(), |_| std::panic::resume_unwind(Box::new(()))).unwrap();
        assert_eq!((ended(&good).phase, ended(&good).message.as_deref()), (Phase::Done, Some("fine")));
        assert_eq!((ended(&bad).phase, ended(&bad).message.as_deref()), (Phase::Failed, Some("no log")));
        assert_eq!(ended(&worse).phase, Phase::Failed);
        jobs.close();
        jobs.join();
    }

    #[test]
    fn too_many_waiting_jobs_are_refused_and_old_ones_forgotten() {
        let jobs = jobs(1);
        let (go, wait) = channel::<()>();
        let (begun, begins) = channel();
        let first = jobs.start("test", "first".into(), move |_| {
            begun.send(()).map_err(|e| e.to_string())?;
            wait.recv().map_err(|e| e.to_string())?;
            Ok(Outcome::default())
        });
        begins.recv().unwrap();
        let second = jobs.start("test", "second".into(), |_| Ok(Outcome::default())).unwrap();
        assert!(jobs.start("test", "third".into(), |_| Ok(Outcome::default())).is_none());
        go.send(()).unwrap();
        ended(&second);
        for _ in 0..4 {
            ended(&jobs.start("test", "more".into(), |_| Ok(Outcome::default())).unwrap());
        }
        assert!(jobs.list().len() <= 3);
        assert!(jobs.find(first.unwrap().id).is_none());
    }

    #[test]
    fn a_job_that_is_cancelled_stops_where_it_tells() {
        let jobs = jobs(1);
        let (begun, begins) = channel();
        let job = jobs.start("test", "endless".into(), move |job| {
            begun.send(()).map_err(|e| e.to_string())?;
            while job.tell(|_| {}).is_continue() {
                std::thread::yield_now();
            }
            Err("stopped".into())
        });
        let job = job.unwrap();
        begins.recv().unwrap();
        job.cancel();
        assert_eq!(ended(&job).phase, Phase::Cancelled);
    }
}
