// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {vm} from "./Vm.sol";

/// @title Who plays
/// @notice Every person's key is known, so everything can be signed here.
abstract contract Cast {
    /// @dev A call that is still to be made.
    struct Act {
        address target;
        bytes data;
    }

    /// @dev An epoch's money as the contracts show it.
    struct BookView {
        uint256 bondFree;
        uint256 holderPool;
        uint256 booked;
    }

    /// @dev A period as the contracts show it: `locked` while it is open, `reserved` when it is closed.
    struct PeriodView {
        bool open;
        uint256 escrow;
        uint256 spot;
        uint256 sold;
        uint256 locked;
        uint256 reserved;
        uint256 promised;
        uint256 shortfall;
        uint256 breach;
    }

    uint256 internal constant OWNERS = 2;
    uint256 internal constant HOLDERS = 8;

    address internal protocol;
    address internal admin;
    address internal registrar;
    address internal compliance;
    address internal guardian;
    address internal recovery;
    address internal attestor;
    uint256 internal attestorKey;
    address internal thief;

    /// @dev Members by ascending address, as signatures are wanted.
    uint256[] internal memberKeys;

    /// @dev Everybody who may hold money: two owners, three tenants (the last a contract), three investors, then the
    /// protocol's purse and an outsider.
    address[] internal people;

    mapping(address account => uint256) internal keyOf;

    function _assemble(address contractTenant) internal {
        (protocol, admin) = (_person("protocol"), _person("admin"));
        (registrar, compliance, guardian) = (_person("registrar"), _person("compliance"), _person("guardian"));
        (attestor, attestorKey) = (_person("attestor"), _key("attestor"));
        recovery = _person("recovery");
        thief = _person("thief");
        people = [_person("owner-1"), _person("owner-2"), _person("tenant-1"), _person("tenant-2"), contractTenant];
        people.push(_person("investor-1"));
        people.push(_person("investor-2"));
        people.push(_person("investor-3"));
        people.push(protocol);
        people.push(_person("outsider"));
        memberKeys = _sorted([_key("member-1"), _key("member-2"), _key("member-3")]);
    }

    function _memberList() internal view returns (address[] memory list) {
        list = new address[](memberKeys.length);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = vm.addr(memberKeys[i]);
        }
    }

    function _tenant(uint256 seed) internal view returns (address) {
        return people[2 + seed % 3];
    }

    function _investor(uint256 seed) internal view returns (address) {
        return people[5 + seed % 3];
    }

    /// @dev Somebody with native coin.
    function _payer(uint256 seed) internal view returns (address) {
        address who = people[seed % 10];
        return who.code.length == 0 ? who : people[9];
    }

    function _outsider() internal view returns (address) {
        return people[9];
    }

    /// @dev Another number from the same seed.
    function _draw(uint256 seed, uint256 salt) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, salt)));
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function _max(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? b : a;
    }

    function _key(string memory name) private pure returns (uint256) {
        return uint256(keccak256(bytes(name)));
    }

    function _person(string memory name) private returns (address account) {
        account = vm.addr(_key(name));
        keyOf[account] = _key(name);
        vm.label(account, name);
    }

    function _sorted(uint256[3] memory keys) private pure returns (uint256[] memory sorted) {
        sorted = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            uint256 place = 0;
            for (uint256 k = 0; k < 3; ++k) {
                if (vm.addr(keys[k]) < vm.addr(keys[i])) ++place;
            }
            sorted[place] = keys[i];
        }
    }
}
