"""The documents of a dataset: the card, Croissant's description, a data contract and checksums.

They are written before the manifest, from the counts and the list of files.

contents       the facts that all documents share
statements     sentences about how the dataset was made, and its limits
split_text     sentences about the split
card           README.md, with front_matter for the Hugging Face Hub
croissant      croissant.json
contract       datacontract.yaml
render         all of them by file name, with the quality report and the checksums
"""
