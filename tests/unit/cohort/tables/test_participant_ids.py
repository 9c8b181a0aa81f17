from adrepro.cohort.tables.participant_ids import bare, spelling


def test_ids_of_tables_and_of_bids_are_equal():
    assert bare("sub-ADNI011S0002") == bare("011_S_0002") == "011s0002"
    assert bare("sub-OASIS10001") == bare("OAS1_0001_MR1") == bare("sub-OAS10001") == "1" and bare("AIBL17") == "17"
    assert bare("sub-OASIS1234") == "1234" and bare("0002") == bare("2.0") == "2"


def test_two_spellings_of_one_bare_id_differ():
    assert bare("S1_12") == bare("S11_2") and spelling("S1_12") != spelling("S11_2")
    assert spelling("2.0") == spelling("0002") and spelling("OAS1_0001_MR1") == spelling("oas1_0001_MR2")
