// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LeaseHoldings} from "../../LeaseHoldings.sol";
import {LeaseUse} from "../../LeaseUse.sol";
import {Periods} from "../../Periods.sol";
import {IIdentityRegistry} from "../../interfaces/IIdentityRegistry.sol";
import {ILeaseOffers} from "../../interfaces/ILeaseOffers.sol";
import {ILeaseToken} from "../../interfaces/ILeaseToken.sol";
import {OfferWord} from "../../libraries/OfferWord.sol";
import {Standing, StandingLib} from "../../libraries/Standing.sol";

/// @title Whole lives of lease tokens in one call
/// @notice The holdings and the use of LeaseToken without its sales. The harness is its own identity registry, and
/// the agent. Nothing persists when it is called by `eth_call`, so every call is a new life.
contract LeaseHarness is LeaseUse {
    enum Kind {
        Issue,
        Transfer,
        Burn,
        Grant,
        GiveBack,
        Freeze,
        Force
    }

    /// @notice Holders are numbers from 1. `Issue` takes the first id, a count and units; `GiveBack` the number of
    /// the grant, from 0.
    struct Step {
        Kind kind;
        uint160 from;
        uint160 to;
        uint256[] ids;
        uint256[] values;
    }

    /// @notice What a holder has of a series in the end.
    struct Final {
        uint256 balance;
        uint256 granted;
        uint256 usable;
        uint256 frozen;
    }

    error OnlyHarness();

    uint256[] private _records;

    constructor(uint64 genesis_, uint32 periodSeconds_)
        LeaseHoldings(IIdentityRegistry(address(this)))
        Periods(genesis_, periodSeconds_)
    {}

    /// @notice Takes all steps in order; whether each was possible, and how everything stands in the end.
    function live(Step[] calldata steps, uint160 holders, uint256[] calldata ids)
        external
        returns (bool[] memory possible, Final[] memory last)
    {
        possible = new bool[](steps.length);
        for (uint160 h = 1; h <= holders; ++h) _setApprovalForAll(address(h), address(this), true);
        for (uint256 i = 0; i < steps.length; ++i) {
            try this.take(steps[i]) {
                possible[i] = true;
            } catch {}
        }
        last = new Final[](holders * ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            for (uint160 h = 1; h <= holders; ++h) last[(h - 1) * ids.length + i] = _finalOf(address(h), ids[i]);
        }
    }

    /// @notice One step.
    function take(Step calldata s) external {
        require(msg.sender == address(this), OnlyHarness());
        (address from, address to) = (address(s.from), address(s.to));
        if (s.kind == Kind.Issue) _issue(to, s.ids[0], s.ids[1], s.values[0]);
        else if (s.kind == Kind.Transfer) this.safeBatchTransferFrom(from, to, s.ids, s.values, "");
        else if (s.kind == Kind.Burn) _burn(from, s.ids[0], s.values[0]);
        else if (s.kind == Kind.Grant) _grant(from, to, s.ids[0], s.values[0]);
        else if (s.kind == Kind.GiveBack) this.deleteUserRecord(_records[s.ids[0]]);
        else if (s.kind == Kind.Freeze) this.setFrozenTokens(from, s.ids[0], s.values[0]);
        else this.forcedTransfer(from, to, s.ids[0], s.values[0]);
    }

    function setOffer(uint256, OfferWord) external {}

    function buy(uint256, uint32, uint32, uint40, address, uint128) external returns (uint256) {}

    function buyWithPermit(uint256, uint32, uint32, uint40, address, uint128, Permit calldata)
        external
        returns (uint256)
    {}

    function buyWithAuthorization(Order calldata, Authorized calldata) external returns (uint256) {}

    function totalSupply(uint256) external pure returns (uint256) {}

    function burn(address, address, uint256, uint256) external {}

    function orderHash(Order calldata) external pure returns (bytes32) {}

    function offers() external pure returns (ILeaseOffers) {}

    /// @notice The harness is the only agent; nobody is frozen.
    function standingOf(address account) external view returns (Standing) {
        return Standing.wrap(account == address(this) ? StandingLib.AGENT : 0);
    }

    /// @notice Nobody is frozen.
    function standingsOf(address, address) external pure returns (Standing, Standing) {}

    function _grant(address from, address to, uint256 id, uint256 units) private {
        _records.push(this.createUserRecord(from, to, id, uint64(units), uint64(_leaseEndOf(id))));
    }

    function _finalOf(address holder, uint256 id) private view returns (Final memory) {
        return Final(
            balanceOf(holder, id),
            this.frozenBalanceOf(holder, id),
            this.usableBalanceOf(holder, id),
            this.getFrozenTokens(holder, id)
        );
    }
}
