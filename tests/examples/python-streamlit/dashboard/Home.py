import streamlit as st

st.set_page_config(page_title="Sales")
st.title("Sales")
