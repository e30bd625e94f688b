"""Numbers that identify people and their accounts: IBANs, phones, national ids, places, ids in web addresses.

entry         Entry: a declared form, with examples and counter-examples
checks        check digits and the dates within numbers
ibans, phones, national_ids, coordinates, url_ids
              what each form looks like, and which words tell it
forms         pseudonyms that keep the form of what they replace
finding       the detectors, and the patterns that gate them
"""
