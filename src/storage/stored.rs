//! Reading stored bytes back into types.

use super::StorageError;
use crate::domain::ids::{ClaimId, DealerId, EndpointId, PoolId, StaffId};

pub(super) fn bytes16(bytes: &[u8]) -> Result<[u8; 16], StorageError> {
    bytes
        .try_into()
        .map_err(|_| StorageError::Corrupt("not sixteen bytes".into()))
}

pub(super) fn bytes32(bytes: &[u8]) -> Result<[u8; 32], StorageError> {
    bytes
        .try_into()
        .map_err(|_| StorageError::Corrupt("not thirty-two bytes".into()))
}

pub(super) fn dealer_id(bytes: &[u8]) -> Result<DealerId, StorageError> {
    DealerId::from_slice(bytes).ok_or_else(|| StorageError::Corrupt("dealer id".into()))
}

pub(super) fn claim_id(bytes: &[u8]) -> Result<ClaimId, StorageError> {
    ClaimId::from_slice(bytes).ok_or_else(|| StorageError::Corrupt("claim id".into()))
}

pub(super) fn pool_id(bytes: &[u8]) -> Result<PoolId, StorageError> {
    PoolId::from_slice(bytes).ok_or_else(|| StorageError::Corrupt("pool id".into()))
}

pub(super) fn staff_id(bytes: &[u8]) -> Result<StaffId, StorageError> {
    StaffId::from_slice(bytes).ok_or_else(|| StorageError::Corrupt("staff id".into()))
}

pub(super) fn endpoint_id(bytes: &[u8]) -> Result<EndpointId, StorageError> {
    EndpointId::from_slice(bytes).ok_or_else(|| StorageError::Corrupt("endpoint id".into()))
}
