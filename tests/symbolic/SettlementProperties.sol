// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Settlement} from "../../contracts/Settlement.sol";
import {IAssetRegistry, Terms} from "../../contracts/interfaces/IAssetRegistry.sol";
import {IDisputes} from "../../contracts/interfaces/IDisputes.sol";
import {IIdentityRegistry} from "../../contracts/interfaces/IIdentityRegistry.sol";
import {Absence, AssetReport, Evidence, IReportOracle, Posted} from "../../contracts/interfaces/IReportOracle.sol";
import {Neighbours} from "../../contracts/interfaces/ISettlement.sol";
import {IVaultFactory} from "../../contracts/interfaces/IVaultFactory.sol";

/// @title Registry, oracle, vaults and share in one, who agree to whatever they are asked
contract Obliging {
    uint64 public constant genesis = 0;
    uint32 public constant periodSeconds = 86_400;
    uint256 public settled;
    bytes32 private immutable _termsHash;

    constructor(bytes32 termsHash) {
        _termsHash = termsHash;
    }

    function settlePeriod(uint128) external {
        ++settled;
    }

    function open(uint32, bytes32, address) external view returns (IVaultFactory.Opening memory) {
        return IVaultFactory.Opening(address(this), address(this), address(this), 0);
    }

    function closingOf(uint32, uint32) external view returns (address, bytes32, uint32, uint40) {
        return (address(this), _termsHash, 4, 1_000);
    }

    /// @dev Shows are accepted, absences too, no report was voided, every deadline is over, coins arrive.
    fallback(bytes calldata) external returns (bytes memory) {
        return abi.encode(uint256(0));
    }
}

/// @title However a period was closed, nothing closes it again
/// @dev The real Settlement; those around it never object, so that all refusals are its own. Nothing was sold and no
/// energy is paid for: solvers cannot follow the products, and the order of closings does not depend on them.
contract SettlementProperties {
    Settlement private _settlement;
    Obliging private _others;

    function setUp() public {
        _others = new Obliging(keccak256(abi.encode(_terms())));
        address others = address(_others);
        _settlement = new Settlement(
            Neighbours(
                others, IAssetRegistry(others), IIdentityRegistry(others), IReportOracle(others),
                IDisputes(others), others, IVaultFactory(others)
            ),
            others
        );
        _settlement.openAsset(0, _terms());
    }

    function check_settle_is_once(uint40 up, uint40 down, uint40 excused, uint32 period) external {
        _settlement.settle(0, _terms(), _evidence(0, up, down, excused));
        assert(_others.settled() == 1);
        try _settlement.settle(0, _terms(), _evidence(period, down, up, excused)) {
            assert(period == 1 && _others.settled() == 2);
        } catch {
            assert(period != 1 && _others.settled() == 1);
        }
    }

    function check_what_is_settled_is_not_closed_as_unreported(uint40 up, uint40 down, uint32 period) external {
        _settlement.settle(0, _terms(), _evidence(0, up, down, 0));
        try _settlement.settleUnreported(0, period, _terms(), new Absence[](0)) {
            assert(period == 1 && _others.settled() == 2);
        } catch {
            assert(period != 1 && _others.settled() == 1);
        }
    }

    function check_what_is_closed_as_unreported_is_not_settled(uint40 up, uint40 down, uint32 period) external {
        _settlement.settleUnreported(0, 0, _terms(), new Absence[](0));
        try _settlement.settle(0, _terms(), _evidence(period, up, down, 0)) {
            assert(period == 1 && _others.settled() == 2);
        } catch {
            assert(period != 1 && _others.settled() == 1);
        }
    }

    function check_what_is_settled_is_not_skipped(uint40 up, uint32 period) external {
        _settlement.settle(0, _terms(), _evidence(0, up, 0, 0));
        try _settlement.skip(0, period, 1) {
            assert(period == 1 && _others.settled() == 2);
        } catch {
            assert(period != 1 && _others.settled() == 1);
        }
    }

    function _evidence(uint32 period, uint40 up, uint40 down, uint40 excused)
        private
        pure
        returns (Evidence memory e)
    {
        e.report = AssetReport(0, period, 4, up, down, excused, 0, 0, 0, 0);
        e.posted = Posted(0, 0, 0, 0, 0);
    }

    function _terms() private pure returns (Terms memory terms) {
        (terms.rulesVersion, terms.unitSeconds) = (1, 3_600);
        (terms.feeBps, terms.holderBps, terms.creditBps, terms.graceBps) = (200, 4_000, 500, 50);
        (terms.maxWatts, terms.ratedWatts, terms.maxWorkPerSecond) = (1_000, 0, 1);
        terms.stablecoin = address(7);
    }
}
