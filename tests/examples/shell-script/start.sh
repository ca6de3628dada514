#!/usr/bin/env bash
fruits=("apple" "pear")
echo "${fruits[@]}"
