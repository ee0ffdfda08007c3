// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Posted} from "../../../contracts/interfaces/IReportOracle.sol";
import {Ghost} from "./Ghost.sol";

/// @title What is contested of every report, and whose native coin lies where
abstract contract Contest is Ghost {
    uint40 internal constant SUMMONS = 1 << 33;
    uint256 internal constant REVISIONS = 3;

    /// @dev One asset's period; of each revision: open challenges, until when answers are checked, whether void.
    struct ContestGhost {
        uint256[3] open;
        uint256[3] checked;
        bool[3] marked;
        uint256 summoned;
        uint256 summonedUntil;
    }

    struct ChallengeGhost {
        uint256 a;
        uint32 period;
        uint32 revision;
        uint40 index;
        address by;
        uint256 openedAt;
        uint256 bond;
    }

    mapping(uint256 asset => mapping(uint256 period => ContestGhost)) internal contests;
    mapping(bytes32 place => bool) internal asked;
    ChallengeGhost[] internal challenges;

    mapping(address payer => mapping(address payee => uint256)) internal owedWei;
    mapping(uint256 asset => mapping(uint256 period => uint256)) internal pots;
    mapping(uint256 period => address) internal posterOf;
    mapping(uint256 period => uint256) internal fallbackBonds;
    mapping(uint256 period => bool) internal missCharged;
    uint32[] internal fallbacks;
    uint256[3] internal stakes;
    uint256 internal challengeBonds;
    uint256 internal potsLeft;
    uint256 internal fallbacksLeft;

    /// @dev When each version of the list of members came into force; they count from 1.
    uint256[] internal versionSince;

    function _disputeEnd(uint256 period, uint256 q) internal view returns (uint256) {
        Posted storage posted = reports[period][q].posted;
        return posted.postedAt + uint256(DISPUTE) * (posted.membersVersion == 0 ? 3 : 1);
    }

    /// @dev Whether the revision is void for the asset: marked, or something about it went unanswered.
    function _void(uint256 a, uint256 period, uint256 q) internal view returns (bool) {
        ContestGhost storage c = contests[a][period];
        if (c.marked[q]) return true;
        if (c.summonedUntil != 0 && c.summoned == q && clock > c.summonedUntil) return true;
        return c.open[q] != 0 && clock > _disputeEnd(period, q) + ANSWER;
    }

    /// @dev From when the revision stands, if no challenge of it is open.
    function _standsFrom(uint256 a, uint256 period, uint256 q) internal view returns (uint256) {
        return _max(_disputeEnd(period, q), contests[a][period].checked[q]);
    }

    function _contestable(uint256 a, uint256 period, uint256 q) internal view returns (bool) {
        if (_void(a, period, q)) return false;
        return clock < _standsFrom(a, period, q) || contests[a][period].open[q] != 0;
    }

    /// @dev Whether a report of the period was void or may still turn out to have been.
    function _inDoubt(uint256 a, uint256 period) internal view returns (bool doubt) {
        ContestGhost storage c = contests[a][period];
        for (uint256 q = 0; q < REVISIONS; ++q) {
            doubt = doubt || c.open[q] != 0 || c.marked[q];
        }
        doubt = doubt || c.summonedUntil != 0;
    }

    function _placeOf(ChallengeGhost memory c) internal pure returns (bytes32) {
        return keccak256(abi.encode(c.a, c.period, c.revision, c.index));
    }

    function _ghostOpen(ChallengeGhost memory c) internal {
        ContestGhost storage contest = contests[c.a][c.period];
        asked[_placeOf(c)] = true;
        challenges.push(c);
        challengeBonds += c.bond;
        if (c.index == SUMMONS) (contest.summoned, contest.summonedUntil) = (c.revision, clock + ANSWER);
        else ++contest.open[c.revision];
    }

    function _ghostAnswered(uint256 place, address by) internal {
        ChallengeGhost memory c = challenges[place];
        ContestGhost storage contest = contests[c.a][c.period];
        _ghostOver(place, by);
        if (c.index == SUMMONS) {
            contest.summonedUntil = 0;
        } else {
            --contest.open[c.revision];
            uint256 until = clock + POST_FROM;
            contest.checked[c.revision] = until > _disputeEnd(c.period, c.revision) ? until : 0;
        }
    }

    /// @dev The challenge is closed, and its bond somebody's.
    function _ghostOver(uint256 place, address payee) internal {
        uint256 bond = challenges[place].bond;
        challengeBonds -= bond;
        owedWei[address(disputes)][payee] += bond;
        challenges[place] = challenges[challenges.length - 1];
        challenges.pop();
    }

    /// @dev What a void takes from whoever posted, and to whom it goes.
    function _ghostVoid(uint256 a, uint32 period, uint256 q, address first) internal {
        ContestGhost storage c = contests[a][period];
        c.marked[q] = true;
        if (c.summoned == q) c.summonedUntil = 0;
        uint256 penalty = _max(periods[a][period].escrow * WEI_PER_BASE_UNIT / 50, FLOOR_WEI);
        uint256 taken = reports[period][q].posted.membersVersion == 0
            ? _fromFallback(period, penalty)
            : _fromMembers(reports[period][q].posted.signers, penalty);
        owedWei[address(disputes)][first] += taken / 2;
        uint256 pot = taken - taken / 2;
        if (periods[a][period].sold == 0 || periods[a][period].closed) {
            owedWei[address(disputes)][protocol] += pot;
        } else {
            pots[a][period] += pot;
            potsLeft += pot;
        }
    }

    function _ghostPot(uint256 a, uint32 period, address holder, uint256 units) internal {
        uint256 part = pots[a][period] * units / periods[a][period].sold;
        potsLeft -= part;
        owedWei[address(disputes)][holder] += part;
    }

    /// @dev Takes so much from each member whose bit stands, as far as his stake reaches.
    function _fromStakes(uint256 bits, uint256 each) internal returns (uint256 taken) {
        for (uint256 i = 0; i < stakes.length; ++i) {
            if (bits >> i & 1 == 0) continue;
            uint256 part = _min(each, stakes[i]);
            stakes[i] -= part;
            taken += part;
        }
    }

    function _fromMembers(uint256 bits, uint256 penalty) private returns (uint256) {
        uint256 count = 0;
        for (uint256 i = 0; i < stakes.length; ++i) {
            count += bits >> i & 1;
        }
        return _fromStakes(bits, penalty / count);
    }

    function _fromFallback(uint256 period, uint256 penalty) private returns (uint256 taken) {
        taken = _min(penalty, fallbackBonds[period]);
        fallbackBonds[period] -= taken;
        fallbacksLeft -= taken;
    }
}
