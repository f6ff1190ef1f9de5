"""Workflow: releases, engine, forms, checks, instances, tasks. Knows no guarantee word."""
