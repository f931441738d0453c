//! A workbook is made up to its bound and not above.

use tradein::operations::export::{ExportError, find, workbook};

use crate::support::{Backend, TestDatabase};
use crate::world::World;

#[test]
fn a_workbook_above_its_bound_is_refused_before_it_is_made() {
    for backend in Backend::ALL {
        let world = World::new(TestDatabase::new(backend));
        world.live();
        let mut conn = world.engine.database.get().unwrap();
        let pool = find(&mut conn, "phones").unwrap();
        let rows = pool.next_ordinal - 1 + pool.head_seq;
        let made = workbook(&world.engine, &mut conn, &pool, false, rows).unwrap();
        // A ZIP file.
        assert!(made.starts_with(b"PK"));
        let refused = workbook(&world.engine, &mut conn, &pool, false, rows - 1);
        assert!(matches!(refused, Err(ExportError::TooLarge)), "{refused:?}");
    }
}
