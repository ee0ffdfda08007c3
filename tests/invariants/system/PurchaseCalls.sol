// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../../../contracts/interfaces/IAssetRegistry.sol";
import {ILeaseOffers} from "../../../contracts/interfaces/ILeaseOffers.sol";
import {ILeaseToken} from "../../../contracts/interfaces/ILeaseToken.sol";
import {TestStablecoin} from "../../../contracts/mocks/TestStablecoin.sol";
import {vm} from "../base/Vm.sol";
import {DisputeCalls} from "./DisputeCalls.sol";

/// @title Every call about offers, purchases and the use of leases
abstract contract PurchaseCalls is DisputeCalls {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    bytes32 private constant RECEIVE = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
        "bytes32 nonce)"
    );
    bytes32 private constant ORDER = keccak256(
        "Order(uint256 offerId,uint32 fromPeriod,uint32 count,uint40 units,address to,uint128 price,bytes32 salt)"
    );

    /// @dev What a payment needs to know.
    struct Payment {
        address coin;
        address vault;
        address payer;
        uint256 cost;
        bool split;
    }

    function _offer(address owner, ILeaseOffers.Run memory run, ILeaseOffers.Ask memory ask, Terms memory terms)
        internal
        returns (uint256)
    {
        ILeaseOffers offers = leases.offers();
        vm.prank(owner);
        return offers.offer(run, ask, terms);
    }

    function _closeOffer(address owner, uint256 offerId) internal {
        ILeaseOffers offers = leases.offers();
        vm.prank(owner);
        offers.closeOffer(offerId);
    }

    function _repriceCall(uint256 offerId, uint32 most) internal view returns (Act memory) {
        return Act(address(leases.offers()), abi.encodeCall(ILeaseOffers.reprice, (offerId, most)));
    }

    function _buyCall(ILeaseToken.Order memory o) internal view returns (Act memory) {
        bytes memory data =
            abi.encodeCall(leases.buy, (o.offerId, o.fromPeriod, o.count, o.units, o.to, o.price));
        return Act(address(leases), data);
    }

    function _buyWithPermitCall(ILeaseToken.Order memory o, Payment memory p) internal view returns (Act memory) {
        uint256 deadline = block.timestamp;
        TestStablecoin coin = TestStablecoin(p.coin);
        bytes32 hash =
            keccak256(abi.encode(PERMIT, p.payer, p.vault, p.cost, coin.nonces(p.payer), deadline));
        ILeaseToken.Permit memory permit = ILeaseToken.Permit(p.cost, deadline, _signCoin(p, hash), p.split);
        bytes memory data = abi.encodeCall(
            leases.buyWithPermit, (o.offerId, o.fromPeriod, o.count, o.units, o.to, o.price, permit)
        );
        return Act(address(leases), data);
    }

    function _buyWithAuthorizationCall(ILeaseToken.Order memory o, Payment memory p)
        internal
        view
        returns (Act memory)
    {
        bytes32 nonce = keccak256(abi.encode(ORDER, o));
        uint256 before = block.timestamp + 1;
        bytes32 hash = keccak256(abi.encode(RECEIVE, p.payer, p.vault, p.cost, 0, before, nonce));
        ILeaseToken.Authorized memory a = ILeaseToken.Authorized(p.payer, 0, before, _signCoin(p, hash), p.split);
        return Act(address(leases), abi.encodeCall(leases.buyWithAuthorization, (o, a)));
    }

    function _grantCall(address to, uint256 id, uint64 units) internal view returns (Act memory) {
        return Act(address(leases), abi.encodeCall(leases.grant, (to, id, units)));
    }

    function _endGrantCall(uint256 recordId) internal view returns (Act memory) {
        return Act(address(leases), abi.encodeCall(leases.deleteUserRecord, (recordId)));
    }

    function _signCoin(Payment memory p, bytes32 hash) private view returns (bytes memory) {
        bytes32 domain = TestStablecoin(p.coin).DOMAIN_SEPARATOR();
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(keyOf[p.payer], keccak256(abi.encodePacked(hex"1901", domain, hash)));
        return abi.encodePacked(r, s, v);
    }
}
