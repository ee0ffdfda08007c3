// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {IRevenueShare} from "../../interfaces/IRevenueShare.sol";
import {ISettlement} from "../../interfaces/ISettlement.sol";

/// @title Shares that only write events
contract EventShare {
    uint64 public sequence;
    uint256 public totalSupply;

    function write(uint256 count) external {
        for (uint256 i; i < count; ++i) {
            totalSupply += i;
            emit IERC20.Transfer(address(0), address(uint160(i + 1)), i);
            emit IRevenueShare.RevenueAdded(++sequence, uint32(i), i * 1e18);
        }
    }
}

/// @title Leases that only write events, lists of any length among them
contract EventLeases {
    mapping(uint256 id => uint256) public totalSupply;

    function write(uint256 count) external {
        uint256[] memory ids = new uint256[](count % 5);
        for (uint256 i; i < ids.length; ++i) ids[i] = i + 1;
        for (uint256 i; i < ids.length; ++i) totalSupply[ids[i]] += ids[i];
        emit IERC1155.TransferBatch(msg.sender, address(0), msg.sender, ids, ids);
        emit IERC1155.URI(string(bytes(hex"ff00206e6f74205554462d38")), count);
    }
}

/// @title A Settlement that only writes events
/// @notice Numbered as the real one numbers them; opens shares that write too, in the transaction that names them.
contract EventSource {
    uint64 public sequence;
    EventLeases public immutable leases = new EventLeases();
    EventShare[] public shares;

    function sell(uint256 count) external {
        uint64 number = sequence;
        for (uint256 i; i < count; ++i) {
            emit ISettlement.SaleBooked(
                ++number,
                uint32(i % 7),
                address(uint160(uint256(keccak256(abi.encode(number))))),
                uint32(number % 400),
                1,
                number % 24,
                1_000_003 + number,
                500_000
            );
        }
        sequence = number;
    }

    function open() external {
        EventShare share = new EventShare();
        share.write(2);
        shares.push(share);
        emit ISettlement.AssetOpened(
            ++sequence, uint32(shares.length - 1), address(this), address(share), address(this), 0
        );
    }
}
