"""The attacks that the contracts are shown to stand: of each the test, and the guard that it answers for.

A guard is a text in a source, and what stands there in a version of the contract without it.
"""

from dataclasses import dataclass

ATTACKS = "tests/contracts/attacks/test_"


@dataclass(frozen=True)
class Edit:
    """`text`, which stands once in `source`, and what is there without the guard."""

    source: str
    text: str
    without: str


@dataclass(frozen=True)
class Guard:
    """`name` says in a word what is kept off, `keeps` how."""

    attack: str
    name: str
    keeps: str
    test: str
    edits: tuple[Edit, ...]


def _guard(attack: str, name: str, keeps: str, test: str, *edits: tuple[str, str, str]) -> Guard:
    made = tuple(Edit(f"contracts/{source}.sol", text, without) for source, text, without in edits)
    return Guard(attack, name, keeps, test, made)


_LENGTH = "require(signature.length == 65, IReportOracle.WrongSignaturesLength(signature.length));"
_COMPACT = f"""if (signature.length == 64) {{
            bytes32 s = bytes32(signature[32:]) & bytes32(type(uint256).max >> 1);
            uint8 v = 27 + (uint8(signature[32]) >> 7);
            return ecrecover(_digestOf(structHash), v, bytes32(signature[:32]), s);
        }}
        {_LENGTH}"""
_BY_CONTRACT = f"""if (signature.length > 65) {{
            address wallet = address(bytes20(signature[:20]));
            bytes memory question = abi.encodeWithSignature(
                "isValidSignature(bytes32,bytes)", _digestOf(structHash), signature[20:]
            );
            (bool done, bytes memory answer) = wallet.staticcall(question);
            if (done && bytes4(answer) == 0x1626ba7e) return wallet;
        }}
        {_LENGTH}"""
_PLACE = "PositionTree.rootOf(PositionTree.REPORTS, leaf, r.assetId, posted.assetCount, evidence.path);"
_ANYWHERE = """function _rootAnywhere(bytes32 leaf, Posted calldata posted, bytes32[] calldata path)
        private
        pure
        returns (bytes32 root)
    {
        for (uint256 i = 0; root != posted.root && i < posted.assetCount; ++i) {
            root = PositionTree.rootOf(PositionTree.REPORTS, leaf, i, posted.assetCount, path);
        }
    }

    """
_ABSENT = "function _requireAbsent("
_TAKEN = "DeviceTaken(deviceId, binding.assetId)"
_OWED = "_owe(vault, owner, o.owner + o.energyCost);"
_AT_ONCE = f"""{_OWED}
        if (o.owner + o.energyCost != 0) this.claim(vault, _coinOf(vault), owner);"""
_HELD = "if (held < booked) revert LossUnrecognized(coin, held, booked);"
_TAKE = "function _take(address from, uint256[] memory ids, uint256[] memory values, "
_WRITTEN = "PackedUnits.flush(words, cursor);"
_CALLED = """if (to != address(0)) {
            ERC1155Utils.checkOnERC1155Received(msg.sender, from, to, ids[0], values[0], "");
        }"""

GUARDS = (
    _guard(
        "two reports of one asset under one root", "place",
        "an asset's report is proven at the asset's place alone",
        "tests/contracts/disputes/test_attacks.py::test_two_reports_of_one_asset_cannot_stand_under_one_root",
        ("Acceptance", _PLACE, "_rootAnywhere(leaf, posted, evidence.path);"),
        ("Acceptance", _ABSENT, _ANYWHERE + _ABSENT),
    ),
    _guard(
        "mass in padding", "room",
        "no node beside an answer's path counts more seconds than its devices have",
        f"{ATTACKS}oracle_and_disputes.py::test_an_answer_shows_no_node_with_more_seconds_than_its_devices_have",
        ("Disputes", "SumTree.requireRoom(place.index, devices, PERIOD_SECONDS, o.sumPath);", ""),
    ),
    _guard(
        "mixed prices in one period", "prices",
        "a unit gives back a part of its own price, not of the average",
        "tests/contracts/settlement/test_attacks.py"
        "::test_dear_and_cheap_units_of_one_period_give_back_in_one_ratio",
        (
            "Settlement",
            "(uint32 assetId, uint32 period, uint128 price) = LeaseId.parts(id);",
            """(uint32 assetId, uint32 period, uint128 price) = LeaseId.parts(id);
        price = uint128(word.escrow() / word.soldUnits());""",
        ),
    ),
    _guard(
        "buying after a dark day", "dark-day", "sales close when the period starts",
        "tests/contracts/settlement/test_attacks.py::test_nobody_buys_a_refund_after_a_dark_day",
        (
            "Sales",
            "if (block.timestamp >= start) revert SaleClosed(uint32(from), block.timestamp, start);",
            "",
        ),
    ),
    _guard(
        "a fully excused period", "excused-earns", "only time that was up is delivered",
        "tests/contracts/settlement/test_attacks.py"
        "::test_a_fully_excused_period_earns_nothing_and_costs_no_credit",
        (
            "libraries/Waterfall",
            "uint256 up = _min(t.upSeconds, b.capacitySeconds);",
            "uint256 up = _min(t.upSeconds + t.excusedSeconds, b.capacitySeconds);",
        ),
    ),
    _guard(
        "a fully excused period", "excused-divides",
        "what is excused stays in the divisor, which so is never zero",
        "tests/contracts/settlement/test_attacks.py"
        "::test_a_fully_excused_period_earns_nothing_and_costs_no_credit",
        (
            "libraries/Waterfall",
            "return shortfall * (down + unknown - forgiven) / notUp;",
            "return shortfall * (down + unknown - forgiven) / (notUp - excused);",
        ),
    ),
    _guard(
        "withheld terms", "terms", "terms are told in full when they are announced",
        "tests/contracts/settlement/test_attacks.py::test_terms_that_the_owner_withholds_are_read_from_the_chain",
        (
            "AssetVersions",
            "emit TermsAnnounced(_nextSequence(), assetId, fromPeriod, hash, terms);",
            """Terms memory untold;
        emit TermsAnnounced(_nextSequence(), assetId, fromPeriod, hash, untold);""",
        ),
    ),
    _guard(
        "bond dilution by self-purchase", "dilution",
        "a sale whose credit the free bond does not cover is refused",
        f"{ATTACKS}bonds_and_coins.py"
        "::test_an_owner_who_buys_his_own_units_takes_nothing_of_the_bond_that_others_have_locked",
        (
            "Payouts", "if (locked > free) revert InsufficientBond(free, locked);",
            "if (locked > free) _funds[vault] = funds.withPaid(amount, free);",
        ),
    ),
    _guard(
        "backdated excuse", "maintenance", "maintenance is announced before its periods begin",
        "tests/contracts/settlement/test_attacks.py::test_an_excuse_for_a_day_that_went_wrong_comes_too_late",
        ("Excuses", "if (e.fromPeriod < earliest) revert TooEarly(e.fromPeriod, uint32(earliest));", ""),
    ),
    _guard(
        "backdated excuse", "curtailment", "no curtailment of a period that is over, whoever signed it",
        "tests/contracts/registry/test_excuses.py::test_curtailment_of_the_past_is_refused",
        ("Excuses", "if (e.fromPeriod < current) revert TooEarly(e.fromPeriod, current);", ""),
    ),
    _guard(
        "a hostile duplicate device", "duplicate",
        "a device that is bound is nobody else's until it is let go",
        f"{ATTACKS}readings_and_devices.py::test_a_hostile_duplicate_of_a_device_voids_no_honest_report",
        (
            "DeviceBindings",
            f"require(binding.boundAt == 0 || binding.assetId == assetId, {_TAKEN});",
            "",
        ),
    ),
    _guard(
        "a hostile duplicate device", "counted-twice",
        "of two assets that count a device the later one's is void",
        f"{ATTACKS}binding_attacks.py"
        "::test_binding_a_device_again_does_not_hide_that_it_is_counted_twice",
        ("Faults", "|| _boundElsewhere(place, leaf.reading.deviceId)", ""),
    ),
    _guard(
        "a hostile duplicate device", "left-out",
        "what members rightly leave out is no fault of theirs",
        f"{ATTACKS}costless_voids.py"
        "::test_an_owner_does_not_save_his_tenants_credit_by_voiding_his_own_report",
        ("Faults", "&& !_boundElsewhere(place, r.reading.deviceId)", ""),
    ),
    _guard(
        "self-challenge", "self-challenge", "who proves a fault gets half of the penalty, never all of it",
        "tests/contracts/disputes/test_attacks.py::test_a_member_who_challenges_his_own_report_loses_by_it",
        ("Disputes", "uint256 reward = taken / 2;", "uint256 reward = taken;"),
    ),
    _guard(
        "high-s reading signatures", "high-s", "of a signature's two values of s the high one is refused",
        f"{ATTACKS}readings_and_devices.py::test_the_mirrored_signature_of_a_reading_answers_nothing",
        (
            "libraries/Signatures",
            "if (uint256(s) > HALF_ORDER) revert ECDSA.ECDSAInvalidSignatureS(s);",
            "",
        ),
    ),
    _guard(
        "64-byte reading signatures", "64-byte", "a reading's signature has 65 bytes",
        f"{ATTACKS}readings_and_devices.py::test_a_readings_signature_in_64_bytes_answers_nothing",
        ("Openings", _LENGTH, _COMPACT),
    ),
    _guard(
        "ERC-1271 reading signatures", "erc-1271", "a key signs a reading, never a contract",
        f"{ATTACKS}readings_and_devices.py::test_a_contract_that_agrees_with_everything_signs_no_reading",
        ("Openings", _LENGTH, _BY_CONTRACT),
    ),
    _guard(
        "dust to bloat a share queue", "dust-moves", "a move walks three runs at most, however many wait",
        "tests/contracts/revenue_share/test_claims.py"
        "::test_dust_sent_to_an_account_does_not_make_its_moves_or_claims_dear",
        (
            "libraries/TimeWeighted",
            "uint256 private constant STEPS_OF_MOVE = 3;",
            "uint256 private constant STEPS_OF_MOVE = type(uint256).max;",
        ),
    ),
    _guard(
        "dust to bloat a share queue", "dust-claims", "a claim walks as many runs as it was asked to",
        "tests/contracts/revenue_share/test_claims.py"
        "::test_dust_sent_to_an_account_does_not_make_its_moves_or_claims_dear",
        (
            "libraries/SettledTime",
            "while (maxSteps != 0 && _step(self, holder, w)) --maxSteps;",
            "while (maxSteps != 0 && _step(self, holder, w)) {}",
        ),
    ),
    _guard(
        "donation to a vault", "donation",
        "what a payment brought is measured against what was there, not the books",
        f"{ATTACKS}bonds_and_coins.py::test_a_donation_to_a_vault_stops_no_payment_and_enriches_nobody",
        ("Vault", _HELD, f"{_HELD}\n        held = booked;"),
    ),
    _guard(
        "frozen stablecoin", "frozen", "settling books what is owed and sends nothing",
        f"{ATTACKS}bonds_and_coins.py"
        "::test_a_coin_that_pays_nobody_stops_no_settlement_and_pays_all_later[frozen]",
        ("Settlement", _OWED, _AT_ONCE),
    ),
    _guard(
        "frozen stablecoin", "isolation", "each asset's money lies in a vault of its own",
        "tests/contracts/settlement/test_attacks.py::test_a_frozen_coin_of_one_asset_stops_no_other",
        (
            "Epochs",
            "(vault, share) = (o.vault, o.share);",
            "(vault, share) = (assetId == 0 ? o.vault : _assets[0].vault, o.share);",
        ),
    ),
    _guard(
        "paused stablecoin", "paused", "settling books what is owed and sends nothing",
        f"{ATTACKS}bonds_and_coins.py"
        "::test_a_coin_that_pays_nobody_stops_no_settlement_and_pays_all_later[paused]",
        ("Settlement", _OWED, _AT_ONCE),
    ),
    _guard(
        "seized stablecoin", "seized", "an impaired vault pays every claim the same part",
        "tests/contracts/settlement/test_losses.py::test_everybody_gets_the_same_part_in_whatever_order"
        "[('tenant-a', 'tenant-b', 'owner', 'protocol')]",
        ("Payouts", "paid = amount * loss.balance / loss.obligations;", ""),
    ),
    _guard(
        "seized stablecoin", "unrecognized", "nobody pays into a vault that holds less than its books say",
        f"{ATTACKS}money_attacks.py::test_a_buyer_does_not_pay_for_a_loss_that_nobody_has_recognized_yet",
        ("Vault", _HELD, ""),
    ),
    *(
        _guard(
            "ERC-1155 callbacks on every entry", entry, keeps,
            f"{ATTACKS}callbacks.py::test_nobody_enters_again_from_the_callback_of[{entry}]",
            (source, guard, guard.replace(" nonReentrant", "")),
        )
        for entry, keeps, source, guard in (
            *(
                (
                    entry, f"{keeps} is entered once at a time", "LeaseToken",
                    ") public nonReentrant returns (uint256) {",
                )
                for entry, keeps in (
                    ("buy", "a purchase"), ("run", "a purchase of a run"), ("permit", "a purchase by permit"),
                )
            ),
            (
                "authorization", "a purchase by authorization is entered once at a time", "LeaseToken",
                "Authorized calldata authorized)\n        external\n        nonReentrant\n",
            ),
            (
                "force", "a forced transfer is entered once at a time", "LeaseHoldings",
                "        onlyAgent\n        nonReentrant\n        returns (bool)",
            ),
        )
    ),
    _guard(
        "ERC-1155 callbacks on every entry", "transfer",
        "units have left their sender when their receiver is called",
        f"{ATTACKS}callbacks.py"
        "::test_nobody_sends_the_same_units_again_from_the_callback_of_their_receiver",
        ("LeaseHoldings", "_take(from, ids, values, forced);", "_take(from, ids, values, forced, to);"),
        ("LeaseHoldings", f"{_TAKE}bool forced) private {{", f"{_TAKE}bool forced, address to) private {{"),
        ("LeaseHoldings", _WRITTEN, f"{_CALLED}\n        {_WRITTEN}"),
    ),
)  # fmt: skip
