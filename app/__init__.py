"""再担云: the business system of a credit-guarantee and re-guarantee company; the diagrams are the program."""
