// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Play} from "./Play.sol";
import {FuzzSelector, vm} from "./Vm.sol";

/// @title An invariant test: forge plays, we check after every call and at the end of every play
abstract contract Suite {
    Play internal play;

    function setUp() public virtual {
        play = new Play();
        _addAssets();
    }

    /// @dev forge calls only what `targetSelectors` names.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(play);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(play), _selectors());
    }

    function invariant_every_promise_holds() external {
        play.check();
    }

    /// @dev forge calls it at the end of every play.
    function afterInvariant() external {
        play.finish();
        string memory path = vm.envOr("WELLHEAD_FIGURES", "");
        if (bytes(path).length != 0) vm.writeLine(path, play.figures());
    }

    function _addAssets() internal virtual;

    function _selectors() private view returns (bytes4[] memory list) {
        list = new bytes4[](36);
        (list[0], list[1]) = (play.offer.selector, play.closeOffer.selector);
        (list[2], list[3]) = (play.depositBond.selector, play.withdrawBond.selector);
        (list[4], list[5]) = (play.announceTerms.selector, play.announceDevices.selector);
        (list[6], list[7]) = (play.announceMaintenance.selector, play.buy.selector);
        (list[8], list[9]) = (play.transferLease.selector, play.redeem.selector);
        (list[10], list[11]) = (play.transferShares.selector, play.claimRevenue.selector);
        (list[12], list[13]) = (play.depositSpot.selector, play.post.selector);
        (list[14], list[15]) = (play.close.selector, play.claim.selector);
        (list[16], list[17]) = (play.claimBatch.selector, play.freeze.selector);
        (list[18], list[19]) = (play.credential.selector, play.pause.selector);
        (list[20], list[21]) = (play.coinPower.selector, play.adversary.selector);
        (list[22], list[23]) = (play.passTime.selector, play.recognizeLoss.selector);
        (list[24], list[25]) = (play.startEpoch.selector, play.challenge.selector);
        (list[26], list[27]) = (play.resolve.selector, play.prove.selector);
        (list[28], list[29], list[30]) = (play.claimWei.selector, play.fallbackRoot.selector, play.missed.selector);
        (list[31], list[32], list[33]) = (play.reprice.selector, play.grant.selector, play.freezeTokens.selector);
        (list[34], list[35]) = (play.pushRevenue.selector, play.recover.selector);
    }
}
