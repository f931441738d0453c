//! What the database takes: the same rows in the same batches, made before the clock starts,
//! with no service before it.

use std::time::Duration;

use tradein::admission::Submission;
use tradein::admission::fold::{Decision, Fold};
use tradein::admission::judge::{judge, seal};
use tradein::catalogue::Dealer;
use tradein::clock;
use tradein::domain::ids::ClaimId;
use tradein::domain::intake::read_claim;
use tradein::domain::text::Lang;
use tradein::operations::Engine;
use tradein::rehearse::{Profile, generate::Generator};
use tradein::storage::batch::{NewAnswer, PoolRow, Probed, Writes};
use tradein::storage::dialect::{self, Written};
use tradein::storage::{StorageError, pools};

use crate::load::Figures;
use crate::scene::Fallible;

/// Writes `claims` claims in batches of `batch`, each as the service writes it.
///
/// # Errors
/// The database's.
pub fn play(
    engine: &Engine,
    (programme, pool): (&str, &str),
    sellers: &[String],
    (claims, batch, seed): (u64, usize, u64),
) -> Fallible<Figures> {
    let batches = fold(engine, (programme, pool), sellers, (claims, batch, seed))?;
    let mut conn = engine.database.open_connection()?;
    conn.prefer_indexes()?;
    let mut took: Vec<Duration> = Vec::with_capacity(batches.len());
    let begun = clock::monotonic_ns();
    let mut last = begun;
    for (row, at, writes, answers) in &batches {
        conn.write(|conn| -> Result<(), StorageError> {
            dialect::lock_pool(conn, row.id)?;
            match dialect::write(conn, row.id, *at, writes)? {
                Written::All => dialect::conclude(conn, row, answers),
                Written::Raced | Written::Standing => {
                    Err(StorageError::Corrupt("raced alone".into()))
                }
            }
        })?;
        let now = clock::monotonic_ns();
        took.push(Duration::from_nanos(now - last));
        last = now;
    }
    took.sort_unstable();
    let at = |share: f64| {
        let index = (took.len() as f64 * share) as usize;
        let found = took.get(index.min(took.len().saturating_sub(1)));
        found.map_or(0.0, |d| d.as_secs_f64() * 1e3)
    };
    Ok(Figures {
        claims_per_second: claims as f64 * 1e9 / (last - begun) as f64,
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        claims,
        verdicts: claims,
        ..Figures::default()
    })
}

/// The pool's row after a batch, its instant, its rows and its answers.
type Batch = (PoolRow, i64, Writes, Vec<NewAnswer>);

fn fold(
    engine: &Engine,
    (programme, pool): (&str, &str),
    sellers: &[String],
    (claims, batch, seed): (u64, usize, u64),
) -> Fallible<Vec<Batch>> {
    let profile = Profile::of(programme).ok_or("an unknown programme")?;
    let generator = Generator::new(profile, seed);
    let catalogue = engine.catalogue.current();
    let mut conn = engine.database.get()?;
    let row = pools::all(&mut conn)?.into_iter().find(|p| p.name == pool);
    let mut row = row.ok_or("no pool")?;
    let dealers = catalogue.dealers();
    let mut batches = Vec::new();
    let mut index = 0;
    while index < claims {
        let probed = Probed {
            now_us: clock::now().0,
            catalogue_version: catalogue.version,
            ..Probed::default()
        };
        let mut submissions = Vec::with_capacity(batch);
        for _ in 0..batch.min((claims - index) as usize) {
            let seller = &sellers[index as usize % sellers.len()];
            let dealer = dealers.iter().find(|d| d.uscc.as_str() == seller);
            let dealer = dealer.ok_or("no dealer")?;
            submissions.push(submission(engine, &generator, index, dealer)?);
            index += 1;
        }
        let mut fold = Fold::new(
            row,
            probed,
            &catalogue,
            &engine.keys,
            &engine.settings.issuer,
        );
        for submission in &submissions {
            let Decision::Verdict(_) = fold.decide(submission)? else {
                return Err("a fresh claim was no verdict".into());
            };
        }
        let (after, at, writes, answers) = fold.finish();
        row = after.clone();
        batches.push((after, at.0, writes, answers.write()));
    }
    Ok(batches)
}

fn submission(
    engine: &Engine,
    generator: &Generator,
    index: u64,
    dealer: &Dealer,
) -> Fallible<Submission> {
    let (vault, at) = (&engine.keys.vault, clock::now());
    let body = generator.body(index, dealer.uscc.as_str());
    let intake = read_claim(body.as_bytes(), at.beijing_day()).map_err(|_| "malformed")?;
    let claim = ClaimId(clock::new_uuid());
    let content = seal(vault, claim, &intake.draft)?;
    let catalogue = engine.catalogue.current();
    let judged = judge(vault, &catalogue, dealer, &intake, at, Lang::Zh)
        .map_err(|_| "malformed beside its pack")?;
    Ok(Submission {
        claim,
        dealer: dealer.id,
        answer_key: vault.keyed_hash("answer", &[dealer.uscc.as_str(), &generator.key(index)]),
        warnings: serde_json::to_string(&intake.warnings)?,
        intake,
        lang: Lang::Zh,
        content,
        judged,
    })
}
