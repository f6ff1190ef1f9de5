"""Diligence: what two managers found out about an applicant, what the risk reviewer made of it, and the report.

For: due-diligence reports and their figures, the risk review, the review report 评审报告 and its versions.
Not for: decisions (committee), the amounts decided (projects), outside data (sources).
Words owned: due diligence, co-signature, coverage, risk review, review report, section.
"""
